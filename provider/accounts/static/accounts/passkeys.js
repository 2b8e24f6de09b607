// Passkeys: the ceremony between the browser and the server's options. A form marked data-passkey="create" or "get"
// carries the credential in its hidden field; options stand in the page, or are fetched from data-options.

const toBytes = (text) => {
  const plain = text.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(plain), (letter) => letter.charCodeAt(0));
};

const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const withBytes = (list = []) => list.map((entry) => ({ ...entry, id: toBytes(entry.id) }));

function creationOptions(options, isPasswordless) {
  const key = options.publicKey;
  const selection = { ...key.authenticatorSelection };
  selection.residentKey = isPasswordless ? "required" : "discouraged";
  selection.requireResidentKey = isPasswordless;
  if (isPasswordless) selection.userVerification = "required";
  return {
    ...key,
    challenge: toBytes(key.challenge),
    user: { ...key.user, id: toBytes(key.user.id) },
    excludeCredentials: withBytes(key.excludeCredentials),
    authenticatorSelection: selection,
  };
}

function requestOptions(options) {
  const key = options.publicKey;
  return { ...key, challenge: toBytes(key.challenge), allowCredentials: withBytes(key.allowCredentials) };
}

function asPlain(credential) {
  const answer = credential.response;
  const response = { clientDataJSON: toText(answer.clientDataJSON) };
  if (answer.attestationObject) {
    response.attestationObject = toText(answer.attestationObject);
    response.transports = answer.getTransports ? answer.getTransports() : [];
  } else {
    response.authenticatorData = toText(answer.authenticatorData);
    response.signature = toText(answer.signature);
    response.userHandle = answer.userHandle ? toText(answer.userHandle) : null;
  }
  return {
    type: credential.type,
    id: credential.id,
    rawId: toText(credential.rawId),
    authenticatorAttachment: credential.authenticatorAttachment ?? null,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

async function optionsFor(form) {
  if (!form.dataset.options) return JSON.parse(document.getElementById("js_data").textContent);
  const answer = await fetch(form.dataset.options, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`options: ${answer.status}`);
  return answer.json();
}

async function ceremony(form) {
  const options = await optionsFor(form);
  if (form.dataset.passkey === "create") {
    const isPasswordless = form.elements.passwordless?.checked ?? false;
    return navigator.credentials.create({ publicKey: creationOptions(options.creation_options, isPasswordless) });
  }
  return navigator.credentials.get({ publicKey: requestOptions(options.request_options) });
}

function tell(form, text) {
  const place = form.querySelector("[data-passkey-trouble]");
  place.querySelector("[data-words]").textContent = text;
  place.hidden = false;
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const start = form.querySelector("[data-passkey-start]");
  if (!window.PublicKeyCredential || !navigator.credentials) {
    tell(form, form.dataset.unsupported);
    start.disabled = true;
    continue;
  }
  start.addEventListener("click", async () => {
    start.setAttribute("aria-busy", "true");
    try {
      form.elements.credential.value = JSON.stringify(asPlain(await ceremony(form)));
      form.submit();
    } catch (trouble) {
      // The reader closed the browser's window, took too long, or the device has no such passkey.
      console.warn("passkey", trouble.name, trouble.message);
      tell(form, form.dataset.trouble);
    } finally {
      start.removeAttribute("aria-busy");
    }
  });
}
