import tseslint from "typescript-eslint";

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
);
