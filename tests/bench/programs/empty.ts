/** Nothing: what the engine and the SDK cost by themselves. */
import "@pulumi/pulumi";
