//! Codes to scan, as pictures within a page.

/// A QR code as SVG that is drawn in the colour of the text; nothing where the text is too long for one.
pub fn svg(text: &str) -> Option<String> {
    let code = qrcode::QrCode::new(text.as_bytes()).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (row, line) in code.to_colors().chunks(width).enumerate() {
        let mut at = 0;
        while at < width {
            let length = line[at..]
                .iter()
                .take_while(|one| **one == qrcode::Color::Dark)
                .count();
            if length > 0 {
                path += &format!("M{at} {row}h{length}v1h-{length}z");
            }
            at += length.max(1);
        }
    }
    // Four modules of quiet around it: cameras need them.
    let size = width + 8;
    Some(format!(
        "<svg class=\"code\" viewBox=\"-4 -4 {size} {size}\" shape-rendering=\"crispEdges\" aria-hidden=\"true\">\
         <path fill=\"#fff\" d=\"M-4 -4h{size}v{size}h-{size}z\"/><path d=\"{path}\"/></svg>"
    ))
}
