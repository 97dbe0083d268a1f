import { GetSchemaRequest } from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../sdk/schema";
import type { Plugin } from "./support/plugin";
import { plugin } from "./support/shared";

function text(file: string): string {
    return readFileSync(join(REPOSITORY, file), "utf8");
}

function schemaOf({ client }: Plugin): Promise<string> {
    return new Promise((resolve, reject) => {
        client.getSchema(new GetSchemaRequest(), (error, response) => {
            if (error) {
                reject(error);
            } else {
                resolve(response.getSchema());
            }
        });
    });
}

describe("the plugin", () => {
    it("offers the schema that is committed, from which all SDKs are made", async () => {
        assert.equal(await schemaOf(await plugin()), text("schema.json"));
    });

    it("has the version of the package", async () => {
        const { client } = await plugin();
        const version = await new Promise<string>((resolve, reject) => {
            client.getPluginInfo(new Empty(), (error, response) => {
                if (error) {
                    reject(error);
                } else {
                    resolve(response.getVersion());
                }
            });
        });
        assert.equal(version, (JSON.parse(text("package.json")) as { version: string }).version);
    });
});
