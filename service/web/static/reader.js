"use strict";
// Shows our own OpenAPI document. The validator badge would send its address to a server elsewhere.
SwaggerUIBundle({
  url: document.getElementById("reader").dataset.schema,
  domNode: document.getElementById("reader"),
  validatorUrl: null,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
});
