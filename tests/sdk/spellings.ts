import type { Element, Spelling } from "./everyArgument";

const TEXT = '"x"';

const joined = (fields: [string, string][], write: (name: string, value: string) => string) =>
    fields.map(([name, value]) => write(name, value)).join(", ");

export const typescript: Spelling = {
    scalar: (type) => ({ string: TEXT, number: "1", boolean: "true" })[type],
    list: (value) => `[${value}]`,
    map: (value) => `{ x: ${value} }`,
    choice: (type, member) => `sms.${type}.${member}`,
    object: (_, fields) => `{ ${joined(fields, (name, value) => `${name}: ${value}`)} }`,
    program: (components) =>
        [
            `import * as sms from "secure-metrics-server-sdk";`,
            ...components.map(
                ([type, fields]) =>
                    `new sms.${type}("x", { ${joined(fields, (name, value) => `${name}: ${value}`)} });`,
            ),
        ].join("\n"),
};

const snake = (name: string) => name.replace(/([a-z0-9])([A-Z])/g, "$1_$2");
const keywords = (fields: [string, string][]) =>
    joined(fields, (name, value) => `${snake(name).toLowerCase()}=${value}`);

export const python: Spelling = {
    scalar: (type) => ({ string: TEXT, number: "1", boolean: "True" })[type],
    list: (value) => `[${value}]`,
    map: (value) => `{"x": ${value}}`,
    choice: (type, member) => `sms.${type}.${snake(member).toUpperCase()}`,
    object: (type, fields) => `sms.${type}Args(${keywords(fields)})`,
    program: (components) =>
        [
            "import pulumi_secure_metrics_server as sms",
            ...components.map(([type, fields]) => `sms.${type}("x", ${keywords(fields)})`),
        ].join("\n"),
};

const capital = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
const goFields = (fields: [string, string][]) =>
    joined(fields, (name, value) => `${capital(name)}: ${value}`);

function goElement(element: Element): string {
    switch (element.kind) {
        case "object":
            return `sms.${element.type}Args`;
        case "choice":
            return `sms.${element.type}`;
        case "text":
            return element.plain ? "string" : "pulumi.StringInput";
        case "any":
            return "any";
    }
}

export const go: Spelling = {
    scalar: (type, { plain, optional }) => {
        const literal = { string: TEXT, number: "1.0", boolean: "true" }[type];
        const input = { string: "String", number: "Float64", boolean: "Bool" }[type];
        const known = optional ? `ref(${literal})` : literal;
        return plain ? known : `pulumi.${input}(${literal})`;
    },
    list: (value, element) => `[]${goElement(element)}{${value}}`,
    map: (value, element) =>
        element.kind === "object"
            ? `map[string]${goElement(element)}{"x": ${value}}`
            : `pulumi.${element.kind === "any" ? "Map" : "StringMap"}{"x": ${value}}`,
    choice: (type, member, { optional }) =>
        optional ? `ref(sms.${type}${member})` : `sms.${type}${member}`,
    object: (type, fields, { optional }) =>
        `${optional ? "&" : ""}sms.${type}Args{${goFields(fields)}}`,
    program: (components) =>
        [
            "package main",
            `import sms "example.com/pulumi-secure-metrics-server/sdk/go/securemetricsserver"`,
            `import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"`,
            "func ref[T any](value T) *T { return &value }",
            "func main() { pulumi.Run(func(ctx *pulumi.Context) error {",
            ...components.map(
                ([type, fields]) =>
                    `if _, err := sms.New${type}(ctx, "x", &sms.${type}Args{${goFields(fields)}}); err != nil { return err }`,
            ),
            "return nil",
            "}) }",
        ].join("\n"),
};

const calls = (fields: [string, string][]) =>
    fields.map(([name, value]) => `.${name}(${value})`).join("");

export const java: Spelling = {
    scalar: (type) => ({ string: TEXT, number: "1.0", boolean: "true" })[type],
    list: (value) => `List.of(${value})`,
    map: (value, { kind }) => `Map.of("x", ${kind === "any" ? "(Object) " : ""}${value})`,
    choice: (type, member) => `${type}.${member}`,
    object: (type, fields) => `${type}Args.builder()${calls(fields)}.build()`,
    program: (components) =>
        [
            "package example;",
            "import com.pulumi.securemetricsserver.*;",
            "import com.pulumi.securemetricsserver.enums.*;",
            "import com.pulumi.securemetricsserver.inputs.*;",
            "import java.util.List;",
            "import java.util.Map;",
            "class EveryArgument { static void make() {",
            ...components.map(
                ([type, fields]) =>
                    `new ${type}("x", ${type}Args.builder()${calls(fields)}.build());`,
            ),
            "} }",
        ].join("\n"),
};
