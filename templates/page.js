(function () {
  "use strict";
  var find = document.getElementById("find"), sift = document.getElementById("sift");
  var words = document.getElementById("words"), why = document.getElementById("why");
  function plain(text) { return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase(); }
  // Where a patient may stand: each section with rows of patients, under the words of the navigation.
  var places = Array.prototype.map.call(document.querySelectorAll("section"), function (section) {
    var rows = Array.prototype.map.call(section.querySelectorAll("[data-patient]"), function (row) {
      return { row: row, name: plain(row.getAttribute("data-patient")), why: row.getAttribute("data-why") };
    });
    return { id: section.id, title: section.getAttribute("data-found-as"), rows: rows };
  }).filter(function (place) { return place.rows.length > 0; });
  function show() {
    var parts = plain(words.value).split(/[\s,]+/).filter(Boolean), told = [];
    places.forEach(function (place) {
      var shown = 0, named = 0;
      place.rows.forEach(function (entry) {
        var found = parts.every(function (part) { return entry.name.indexOf(part) >= 0; });
        var reason = entry.why === null || !why || !why.value || entry.why.split(" ").indexOf(why.value) >= 0;
        entry.row.toggleAttribute("data-gone", !(found && reason));
        named += found ? 1 : 0;
        shown += found && reason ? 1 : 0;
      });
      if (place.id === "held") { document.getElementById("left").textContent = shown + " of " + place.rows.length + " held"; }
      if (named) { told.push({ id: place.id, text: named + " " + place.title }); }
    });
    var line = document.getElementById("found");
    line.textContent = !parts.length ? "" : told.length ? "Found: " : "Found nowhere in this packet.";
    (parts.length ? told : []).forEach(function (one, at) {
      var link = document.createElement("a");
      link.href = "#" + one.id;
      link.textContent = one.text;
      line.append(at ? ", " : "", link);
    });
  }
  find.addEventListener("submit", function (event) { event.preventDefault(); });
  words.addEventListener("input", show);
  find.hidden = false;
  if (why) { why.addEventListener("change", show); sift.hidden = false; }
  show();
}());
