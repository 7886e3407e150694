// What a browser would send for a form: its successful controls, in document order.

const isButton = (control) =>
  control.tagName === "BUTTON" ? (control.getAttribute("type") ?? "submit") === "submit" : ["submit", "image"].includes(type(control));
const type = (control) => (control.getAttribute("type") ?? "text").toLowerCase();
const textOf = (element) => element.text.replace(/\r?\n/g, "\r\n");

function controlsOf(form, root) {
  const id = form.getAttribute("id");
  return root
    .querySelectorAll("input, select, textarea, button")
    .filter((control) => (control.getAttribute("form") ? control.getAttribute("form") === id : control.closest("form") === form))
    .filter((control) => !control.hasAttribute("disabled") && !control.closest("fieldset[disabled]"));
}

function valuesOf(control) {
  if (control.tagName === "TEXTAREA") return [textOf(control).replace(/^\r\n/, "")];
  if (control.tagName === "SELECT") {
    const options = control.querySelectorAll("option").filter((option) => !option.hasAttribute("disabled"));
    const selected = options.filter((option) => option.hasAttribute("selected"));
    const chosen = control.hasAttribute("multiple") ? selected : [selected.at(-1) ?? options[0]].filter(Boolean);
    return chosen.map((option) => option.getAttribute("value") ?? option.text.trim());
  }
  if (["checkbox", "radio"].includes(type(control))) {
    return control.hasAttribute("checked") ? [control.getAttribute("value") ?? "on"] : [];
  }
  return ["file", "reset", "button"].includes(type(control)) ? [] : [control.getAttribute("value") ?? ""];
}

// `true` and `false` tick and clear a checkbox; text chooses a radio button or an option, or is typed.
function filled(control, value) {
  const own = control.getAttribute("value") ?? "on";
  if (type(control) === "checkbox" && control.tagName === "INPUT") {
    const ticked = typeof value === "boolean" ? value : [value].flat().includes(own);
    return ticked ? [own] : [];
  }
  if (type(control) === "radio") return value === own ? [own] : [];
  return [value].flat().map(String);
}

function chooseButton(buttons, wanted, form) {
  if (wanted === undefined) return buttons[0];
  const found = buttons.find((button) =>
    [button.getAttribute("value"), button.getAttribute("name"), button.text.trim()].includes(wanted));
  if (!found) throw new Error(`no button "${wanted}" in ${form.outerHTML}`);
  return found;
}

/** The request that submitting `form` makes: { method, action, entries }; throws where the form could not be filled in so. */
export function submission(form, root, { fields = {}, button } = {}) {
  const controls = controlsOf(form, root);
  const pressed = chooseButton(controls.filter(isButton), button, form);
  const missing = Object.keys(fields).filter((name) => !controls.some((control) => control.getAttribute("name") === name));
  if (missing.length) throw new Error(`no field "${missing}" in ${form.outerHTML}`);
  const entries = controls.flatMap((control) => {
    const name = control.getAttribute("name");
    if (!name || (isButton(control) && control !== pressed)) return [];
    const values = Object.hasOwn(fields, name) ? filled(control, fields[name]) : valuesOf(control);
    return values.map((value) => [name, value]);
  });
  const enctype = form.getAttribute("enctype") ?? "application/x-www-form-urlencoded";
  if (enctype !== "application/x-www-form-urlencoded") throw new Error(`a form of type ${enctype}`);
  return {
    method: (pressed?.getAttribute("formmethod") ?? form.getAttribute("method") ?? "get").toUpperCase(),
    action: pressed?.getAttribute("formaction") ?? form.getAttribute("action") ?? "",
    entries,
  };
}
