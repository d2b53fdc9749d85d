// The one script of every page. Islands (boards, calendars, charts, Alpine) load when a page asks for them.
import './setup.js';
import './shell.js';
import './overlays.js';
import './menus.js';
import './toasts.js';
import './palette.js';
import './keyboard.js';
import './rows.js';
import './drafts.js';
import './edit.js';
import './preferences.js';
import './combobox.js';
import './countdown.js';
import './realtime.js';
import './upload.js';
import './neighbours.js';
import './islands.js';
