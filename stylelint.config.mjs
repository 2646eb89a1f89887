// The standard rules, and one of the house: a colour is written in tokens.css and nowhere else.
const COLOUR_FUNCTIONS = ["rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch", "oklab", "oklch", "color", "color-mix"];

export default {
  extends: ["stylelint-config-standard"],
  rules: {
    "color-no-hex": true,
    "color-named": "never",
    "function-disallowed-list": COLOUR_FUNCTIONS,
    "import-notation": "string",
    "no-descending-specificity": null, // a sheet reads piece by piece; what outweighs what is written beside it
    "custom-property-empty-line-before": null,
    "value-keyword-case": ["lower", { ignoreProperties: ["/^--font/"], camelCaseSvgKeywords: true }],
  },
  overrides: [
    {
      files: ["**/tokens.css"],
      rules: { "color-no-hex": null, "color-named": null, "function-disallowed-list": null },
    },
    {
      files: ["**/admin.css"],
      rules: { "selector-class-pattern": null, "selector-id-pattern": null }, // Django's own names
    },
  ],
};
