// TypeScript is linted with its types: promises that nobody waits for, conditions that cannot fail, text made of
// objects.
import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  { ignores: ["static/dist/", "node_modules/", "data/", "staticfiles/", ".venv/"] },
  {
    files: ["static/**/*.ts"],
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // `return void act()` and `() => act()` are how a handler says that nothing comes back.
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidOperator: true, ignoreVoidReturningFunctions: true },
      ],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/restrict-plus-operands": ["error", { allowNumberAndString: true }],
      "@typescript-eslint/no-meaningless-void-operator": "off",
      // The DOM is asked for an element of a kind: need<HTMLInputElement>("#name").
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      // That an index is within bounds is seen by who reads the loop, not by the compiler (noUncheckedIndexedAccess).
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
      // An empty text is as good as none.
      "@typescript-eslint/prefer-nullish-coalescing": ["error", { ignorePrimitives: { string: true } }],
      eqeqeq: ["error", "always", { null: "ignore" }],
    },
  },
);
