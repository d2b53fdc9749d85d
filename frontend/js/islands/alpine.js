// Alpine (the build without eval) for small local state; loaded by the first page that has an `x-data`.
import Alpine from '@alpinejs/csp';

window.Alpine = Alpine;
await import('htmx.org/dist/ext/hx-alpine-compat.js');
Alpine.start();
