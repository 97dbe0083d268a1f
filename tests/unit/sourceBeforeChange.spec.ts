import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { SecureMetricsServer } from "../../index";
import { otherCa } from "../scripts/support/certificates";
import { NODES, SSH } from "./support/fixtures";
import { runHook } from "./support/find";
import { toldLate } from "./support/late";
import { WITH_KEY } from "./support/certificateSources";

describe("what stands before the first change", () => {
    it("fails with a certificate that became known late and cannot be used", async () => {
        const given = { ...WITH_KEY.given, privateKeyPem: pulumi.secret(otherCa().key) };
        const { errors, run } = await toldLate(
            () =>
                new SecureMetricsServer("m", {
                    nodes: NODES,
                    ssh: SSH,
                    servingCertificate: { ...WITH_KEY, given },
                }),
        );
        assert.match(errors.join("\n"), /given\.privateKeyPem is not the key/);
        assert.ok(run !== undefined);
        await assert.rejects(runHook(run, "m-preflight"), /given\.privateKeyPem is not the key/);
    });
});
