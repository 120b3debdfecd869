// Shows the OpenAPI document: operations by their first part, each with its parameters, body and answers.

const METHODS = ["get", "post", "put", "patch", "delete"];

function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

// A schema with its references in place, but none inside itself.
function whole(schema, schemas, within = []) {
  if (Array.isArray(schema)) return schema.map((one) => whole(one, schemas, within));
  if (schema === null || typeof schema !== "object") return schema;
  if (typeof schema.$ref === "string") {
    const name = schema.$ref.split("/").pop();
    return within.includes(name) ? { $ref: name } : whole(schemas[name], schemas, [...within, name]);
  }
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, whole(value, schemas, within)]));
}

function kindOf(schema) {
  if (!schema) return "";
  if (schema.enum) return schema.enum.map(String).join(" | ");
  if (schema.anyOf) return schema.anyOf.map(kindOf).join(" | ");
  if (schema.type === "array") return `list of ${kindOf(schema.items) || "values"}`;
  return [schema.type].flat().join(" | ");
}

function parameters(given) {
  const rows = given.map((one) => {
    const schema = one.schema ?? one.content?.["application/json"]?.schema;
    const kind = one.schema ? kindOf(schema) : `JSON: ${kindOf(schema)}`;
    const name = element("td", "", element("code", one.name));
    return element("tr", "", name, element("td", one.in), element("td", kind), element("td", one.description ?? ""));
  });
  const head = ["name", "in", "kind", ""].map((title) => element("th", title));
  return element("table", "", element("thead", "", element("tr", "", ...head)), element("tbody", "", ...rows));
}

function contents(title, content, schemas) {
  return Object.entries(content ?? {}).map(([kind, { schema }]) => {
    const shown = schema ? element("pre", JSON.stringify(whole(schema, schemas), null, 2)) : "";
    return element("details", "", element("summary", `${title}: ${kind}`), shown);
  });
}

function operation(path, method, told, schemas) {
  const summary = element("summary", "", element("b", method.toUpperCase()), element("code", path), told.summary ?? "");
  const made = element("details", "", summary);
  made.dataset.words = `${method} ${path} ${told.summary ?? ""}`.toLowerCase();
  made.addEventListener("toggle", () => {
    if (made.children.length > 1) return;
    if (told.parameters?.length) made.append(parameters(told.parameters));
    made.append(...contents("Body", told.requestBody?.content, schemas));
    for (const [status, answer] of Object.entries(told.responses)) {
      made.append(element("p", `${status}: ${answer.description}`), ...contents(`Answer ${status}`, answer.content, schemas));
    }
  });
  return made;
}

function show(told) {
  const groups = new Map();
  for (const [path, methods] of Object.entries(told.paths)) {
    for (const method of METHODS.filter((name) => name in methods)) {
      const tag = methods[method].tags[0];
      if (!groups.has(tag)) groups.set(tag, element("section", "", element("h2", tag)));
      groups.get(tag).append(operation(path, method, methods[method], told.components.schemas));
    }
  }
  const kinds = element("section", "", element("h2", "problems"));
  for (const [code, { status, description }] of Object.entries(told["x-problems"])) {
    const kind = element("p", `${status} ${code}: ${description}`);
    kind.id = `problem-${code}`;
    kind.dataset.words = `${code} ${description}`.toLowerCase();
    kinds.append(kind);
  }
  groups.set("problems", kinds);
  const place = document.getElementById("operations");
  place.replaceChildren(...groups.values());
  document.getElementById("find").addEventListener("input", ({ target }) => {
    const words = target.value.toLowerCase().split(/\s+/);
    for (const one of place.querySelectorAll("[data-words]")) one.hidden = !words.every((word) => one.dataset.words.includes(word));
    for (const group of groups.values()) group.hidden = !group.querySelector("[data-words]:not([hidden])");
  });
}

try {
  const response = await fetch("/openapi.json");
  if (!response.ok) throw new Error(`${response.status}`);
  show(await response.json());
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
} catch (error) {
  document.getElementById("operations").textContent = `The document cannot be read (${error.message}); reload the page in a moment.`;
}
