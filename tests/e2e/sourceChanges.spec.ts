import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { certificate, type Pair } from "../scripts/support/certificates";
import { goVersion } from "../cluster/harness/host/goVersion";
import { withRow } from "../support/documentTable";
import { REPOSITORY } from "../support/localStack";
import { clusterCa } from "../support/observe";
import { skipIfLacking } from "../support/skip";
import { installCertManager, makeIssuers } from "./certManager/install";
import { SERVED_NAME, SourceLab } from "./support/sourceLab";
import { everyChange } from "./support/everyChange";
import { TestStack, type Settings } from "./support/stack";
import { backToStock, clusterOrSkip } from "./support/tier";

/** `npm run docs:sources` sets it: what was seen goes into the table, once everything was seen. */
const WRITE = process.env["WRITE_SOURCES_TABLE"] === "true";
const DOCUMENT = join(REPOSITORY, "docs", "certificate-sources.md");
const SECRET = "from-elsewhere";
/** The Issuer in kube-system, and the Secret with its CA. */
const ISSUER = "company";

/** One way to come by the certificate, each with a CA of its own: nobody trusts it before he is told to. */
interface Source {
    settings: Settings;
    /** What the run before sets, so that the CA is trusted in time. */
    trusted: Settings;
    issuer: string;
}

function underCa(name: string, settings: (ca: Pair, leaf: Pair) => Settings): Source {
    const ca = certificate({ subject: `/CN=${name}`, ca: true });
    const leaf = certificate({ subject: "/CN=ms", names: `DNS:${SERVED_NAME}`, issuer: ca });
    return {
        settings: settings(ca, leaf),
        trusted: { additionalCaPem: ca.certificate },
        issuer: name,
    };
}

const column = (name: string): string => `to \`${name}\``;

describe("from every source of the serving certificate to every other, with the real engine", function () {
    let lab: SourceLab;
    const kept = certificate({ subject: "/CN=secret-ca", ca: true });
    const company = certificate({ subject: "/CN=issuer-ca", ca: true });
    const sources: Record<string, Source> = {
        own: {
            settings: { source: "own" },
            trusted: { includeOwnCa: true },
            issuer: "metrics-server-ca",
        },
        givenCa: underCa("given-ca", ({ certificate: certificatePem, key: privateKeyPem }) => ({
            source: "givenCa",
            givenCa: { certificatePem, privateKeyPem },
        })),
        given: underCa("signing-ca", (ca, { certificate: certificatePem, key: privateKeyPem }) => ({
            source: "given",
            given: { certificatePem, privateKeyPem, caCertificatePem: ca.certificate },
        })),
        clusterCa: {
            settings: { source: "clusterCa" },
            // Known when there is a cluster.
            trusted: {},
            issuer: "kubernetes",
        },
        existingSecret: {
            settings: {
                source: "existingSecret",
                existingSecret: { name: SECRET, caCertificatePem: kept.certificate },
            },
            trusted: { additionalCaPem: kept.certificate },
            issuer: "secret-ca",
        },
        certManager: {
            settings: {
                source: "certManager",
                certManager: { issuer: { name: ISSUER }, caBundlePem: company.certificate },
            },
            trusted: { additionalCaPem: company.certificate },
            issuer: "issuer-ca",
        },
    };
    const names = Object.keys(sources);
    const rows = new Map(names.map((from) => [from, { from: `\`${from}\`` }]));

    before(async function () {
        skipIfLacking(this, goVersion() === undefined ? ["`go` is not on PATH"] : []);
        const cluster = await clusterOrSkip(this);
        lab = new SourceLab(cluster, await TestStack.create(cluster, "source-changes"));
        sourceOf("clusterCa").trusted = { additionalCaPem: await clusterCa(cluster) };
        await lab.keep(
            SECRET,
            certificate({ subject: "/CN=ms", names: `DNS:${SERVED_NAME}`, issuer: kept }),
        );
        await installCertManager(cluster);
        await lab.keep(ISSUER, company);
        await makeIssuers(cluster, { [ISSUER]: { ca: { secretName: ISSUER } } });
        await lab.set(sourceOf("own").settings);
        await lab.upAndVerify("metrics-server-ca");
    });

    after(async function () {
        if (!(lab as SourceLab | undefined)) return;
        await backToStock(lab.cluster, lab.stack);
        const failed = this.test?.parent?.tests.some(({ state }) => state !== "passed");
        if (WRITE && failed === false) {
            const columns = ["from", ...names.map(column)];
            const text = readFileSync(DOCUMENT, "utf8");
            writeFileSync(
                DOCUMENT,
                [...rows.values()].reduce((page, row) => withRow(page, columns, row), text),
            );
        }
    });

    function sourceOf(name: string): Source {
        const source = sources[name];
        if (source === undefined) {
            throw new Error(`no source ${name}`);
        }
        return source;
    }

    for (const [from, to] of everyChange(names)) {
        it(`${from} to ${to}: two runs without a failed request, the first trusts the new CA`, async () => {
            const before = sourceOf(from);
            const after = sourceOf(to);
            const { requests } = await lab.underRequests(async () => {
                await lab.set({ ...before.settings, ...after.trusted });
                await lab.upAndVerify(before.issuer);
                await lab.set(after.settings);
                await lab.upAndVerify(after.issuer);
            });
            Object.assign(rows.get(from) ?? {}, {
                [column(to)]: `2 runs, 0 of ${requests} requests failed`,
            });
        });
    }
});
