// Passkeys: the buttons of allauth's own scripts, and words when the device says no. Without them nothing is shown.
(() => {
  const BUTTONS = {
    loginForm: { login: "passkey_login", credential: "mfa_credential" },
    addForm: { add: "passkey_add", passwordless: "id_passwordless", credential: "passkey_credential", data: "js_data" },
    authenticateForm: { authenticate: "passkey_use", credential: "passkey_credential", data: "js_data" },
  };
  const shown = (selector, yes) => document.querySelectorAll(selector).forEach(one => { one.hidden = !yes; });
  const can = Boolean(window.PublicKeyCredential && navigator.credentials);
  shown("[data-passkey]", can);
  shown("[data-no-passkey]", !can);
  for (const [name, ids] of Object.entries(BUTTONS)) {
    if (document.getElementById(Object.values(ids)[0])) window.allauth.webauthn.forms[name]({ ids });
  }
  document.addEventListener("allauth.error", event => {
    event.preventDefault();
    shown("#passkey-problem", true);
  });
})();
