(function () {
  "use strict";
  var form = document.getElementById("find");
  if (!form) { return; }
  var words = document.getElementById("words"), why = document.getElementById("why"), found = document.getElementById("found");
  function plain(text) { return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase(); }
  var rows = Array.prototype.map.call(document.querySelectorAll("[data-patient]"), function (row) {
    return { row: row, name: plain(row.getAttribute("data-patient")), why: row.getAttribute("data-why") };
  });
  function sift() {
    var parts = plain(words.value).split(/[\s,]+/).filter(Boolean), shown = 0, held = 0;
    rows.forEach(function (entry) {
      var named = parts.every(function (part) { return entry.name.indexOf(part) >= 0; });
      var isHeld = entry.why !== null;
      var reason = !isHeld || !why.value || entry.why.split(" ").indexOf(why.value) >= 0;
      entry.row.toggleAttribute("data-gone", !(named && reason));
      if (isHeld) { held += 1; if (named && reason) { shown += 1; } }
    });
    found.textContent = shown + " of " + held + " held";
  }
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  words.addEventListener("input", sift);
  why.addEventListener("change", sift);
  form.hidden = false;
  sift();
}());
