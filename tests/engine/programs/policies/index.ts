import { Config } from "@pulumi/pulumi";

export = new Config().require("case") === "allowed"
    ? () => import("./allowed")
    : () => import("./forbidden");
