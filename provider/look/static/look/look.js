// The entry: every page loads this one module. Pages work without it, except where a dialog asks before an act.
import "./theme.js";
import "./menus.js";
import "./dialogs.js";
import "./forms.js";
import "./toasts.js";
import "./copying.js";
import "./tables.js";
import "./suggestions.js";
import "./keyboard.js";
import "./parts.js";
import "./charts.js";
