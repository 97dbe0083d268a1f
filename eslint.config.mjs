import boundaries from "eslint-plugin-boundaries";
import tseslint from "typescript-eslint";

// The folders of components, from the top down. A file may import from its own folder and from those that are named for it.
const BELOW = {
    "secure-metrics-server": [
        "cluster-preflight",
        "kubelet-serving-certificates",
        "metrics-server",
        "serving-certificate",
        "cert-manager",
        "nodes",
        "ssh",
        "shared",
    ],
    "cluster-preflight": [
        "kubelet-serving-certificates",
        "metrics-server",
        "nodes",
        "ssh",
        "shared",
    ],
    "kubelet-serving-certificates": ["nodes", "ssh", "shared"],
    "metrics-server": ["cert-manager", "nodes", "shared"],
    "serving-certificate": ["cert-manager", "nodes", "shared"],
    "cert-manager": ["nodes", "shared"],
    "serving-secret": ["nodes", "shared"],
    ssh: ["nodes", "shared"],
    nodes: ["shared"],
    shared: [],
};

const SPEAK = "speak through components/shared/log.ts, which makes every line harmless to the CLI";

export default tseslint.config(
    { ignores: ["bin/", "sdk/", "**/node_modules/", "**/*.js", "**/*.mjs"] },
    tseslint.configs.strictTypeChecked,
    {
        languageOptions: {
            parserOptions: {
                project: "./tsconfig.test.json",
                tsconfigRootDir: import.meta.dirname,
            },
        },
        rules: {
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
        },
    },
    {
        files: ["components/**/*.ts"],
        plugins: { boundaries },
        settings: {
            "import/resolver": { node: { extensions: [".ts"] } },
            "boundaries/elements": Object.keys(BELOW).map((type) => ({
                type,
                pattern: `components/${type}`,
            })),
        },
        rules: {
            "boundaries/no-unknown": "error",
            "boundaries/no-unknown-files": "error",
            "boundaries/element-types": [
                "error",
                {
                    default: "disallow",
                    message:
                        "${file.type} must not import from ${dependency.type}: imports between folders go downwards, see eslint.config.mjs",
                    rules: Object.entries(BELOW).map(([from, allow]) => ({
                        from,
                        allow: [from, ...allow],
                    })),
                },
            ],
        },
    },
    {
        files: ["components/**/*.ts", "plugin/**/*.ts"],
        ignores: ["components/shared/log.ts"],
        rules: {
            "no-console": "error",
            "no-restricted-properties": [
                "error",
                { object: "pulumi", property: "log", message: SPEAK },
            ],
            "no-restricted-imports": [
                "error",
                { paths: [{ name: "@pulumi/pulumi/log", message: SPEAK }] },
            ],
            "no-restricted-syntax": [
                "error",
                {
                    selector:
                        "ImportDeclaration[source.value='@pulumi/pulumi'] > ImportSpecifier[imported.name='log']",
                    message: SPEAK,
                },
            ],
        },
    },
);
