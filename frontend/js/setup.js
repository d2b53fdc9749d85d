// htmx, without the parts that evaluate strings: our Content-Security-Policy forbids them.
import htmx from 'htmx.org/dist/htmx.esm.js';

htmx.config.includeIndicatorCSS = false;
htmx.config.defaultTimeout = 30_000;

function Refused() {
  throw new Error('htmx expressions (hx-on, js:, trigger filters) are not used in Anello: write a module instead');
}

htmx.registerExtension('no-eval', { init: (api) => api.initSecurity(null, Refused, Refused) });

export { htmx };
