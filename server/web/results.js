// Saves the chart as a picture that any program takes. Without this the button stays hidden; the SVG is there.

/** Pixels of the picture to one of the chart. */
const SCALE = 3;

const chart = document.getElementById('chart');
const button = document.getElementById('png');

async function save() {
  await chart.decode();
  const canvas = document.createElement('canvas');
  canvas.width = chart.naturalWidth * SCALE;
  canvas.height = chart.naturalHeight * SCALE;
  canvas.getContext('2d').drawImage(chart, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => { canvas.toBlob(resolve, 'image/png'); });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = button.dataset.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

if (chart && button) {
  button.hidden = false;
  button.addEventListener('click', save);
}
