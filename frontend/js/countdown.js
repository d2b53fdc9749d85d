// <anello-countdown until="seconds since 1970">: the minutes and seconds left; at zero the frame around it
// goes, or with `then="reload"` the page is asked for anew.
customElements.define('anello-countdown', class extends HTMLElement {
  connectedCallback() {
    this.setAttribute('aria-hidden', 'true');
    this.tick();
    this.timer = setInterval(() => this.tick(), 1000);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  tick() {
    const left = Math.round(Number(this.getAttribute('until')) - Date.now() / 1000);
    if (left <= 0 && this.getAttribute('then') === 'reload') location.reload();
    else if (left <= 0) this.closest('[role=status]')?.remove();
    else this.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
  }
});
