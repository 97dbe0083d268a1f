import assert from "node:assert/strict";
import { haproxyConfig } from "./haproxyConfig";

describe("the load balancer's configuration", () => {
    const config = haproxyConfig({
        addresses: ["192.0.2.10", "2001:db8::10"],
        port: 6443,
        servers: [
            { name: "cp1", ip: "192.0.2.11" },
            { name: "cp2", ip: "2001:db8::12" },
        ],
        caFile: "/some/ca.crt",
    });

    it("listens at all addresses, and has each control plane by its address", () => {
        assert.match(config, /^ {4}bind 192\.0\.2\.10:6443\n {4}bind \[2001:db8::10\]:6443$/m);
        assert.match(
            config,
            /^ {4}server cp1 192\.0\.2\.11:6443\n {4}server cp2 \[2001:db8::12\]:6443$/m,
        );
    });

    it("tries a server that is not ready when none is", () => {
        assert.match(config, /^ {4}server cp1-unchecked 192\.0\.2\.11:6443 no-check backup$/m);
    });

    it("asks each server whether it is ready, and verifies who answers", () => {
        assert.match(config, /http-check send meth GET uri \/readyz /);
        assert.match(config, /verify required ca-file \/some\/ca\.crt verifyhost kubernetes/);
        assert.doesNotMatch(config, /verify none/);
    });
});
