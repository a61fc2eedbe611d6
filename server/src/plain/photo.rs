//! Photos without what cameras write into them, such as the place and the owner. With scripts the phone makes them
//! small and leaves it behind; here they come as they are.

use std::io::{self, Read, Write};

/// Copies a file; of JPEG and PNG only what makes the picture, and which side is up.
///
/// # Errors
/// Where reading or writing fails. A picture that is broken off is copied as far as it goes.
pub fn without_place(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    let mut magic = Vec::new();
    from.take(8).read_to_end(&mut magic)?;
    if magic.starts_with(b"\xff\xd8") {
        to.write_all(b"\xff\xd8")?;
        jpeg(&mut magic[2..].chain(from), to)
    } else if magic == b"\x89PNG\r\n\x1a\n" {
        to.write_all(&magic)?;
        png(from, to)
    } else {
        to.write_all(&magic)?;
        io::copy(from, to).map(|_| ())
    }
}

/// As many bytes as there are, up to a number.
fn some(from: &mut impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Segments up to the picture itself: a marker, a length that counts itself, bytes (ISO 10918-1, annex B).
fn jpeg(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    loop {
        let marker = some(from, 2)?;
        if marker.len() < 2 || marker[0] != 0xff || marker[1] == 0xda {
            to.write_all(&marker)?;
            return io::copy(from, to).map(|_| ());
        }
        // Fill bytes and markers that stand alone have no length.
        if matches!(marker[1], 0xff | 0x01 | 0xd0..=0xd7) {
            to.write_all(&marker)?;
            continue;
        }
        let length = some(from, 2)?;
        let size = length.iter().fold(0, |size, byte| size << 8 | u64::from(*byte));
        let segment = some(from, size.saturating_sub(2))?;
        match marker[1] {
            // Exif: which side is up, and nothing else.
            0xe1 => to.write_all(&orientation(&segment).map(upright).unwrap_or_default())?,
            // Frame, colours and how they are coded stay; what programs and people note goes.
            0xe0 | 0xe2 | 0xee | 0xc0..=0xdf => {
                to.write_all(&marker)?;
                to.write_all(&length)?;
                to.write_all(&segment)?;
            }
            _ => {}
        }
    }
}

/// The orientation that an Exif segment tells (tag 0x0112 of its first directory).
fn orientation(segment: &[u8]) -> Option<u8> {
    let tiff = segment.strip_prefix(b"Exif\0\0")?;
    let is_big = tiff.starts_with(b"MM");
    let short = |at: usize| -> Option<usize> {
        let pair = [*tiff.get(at)?, *tiff.get(at + 1)?];
        Some(usize::from(if is_big {
            u16::from_be_bytes(pair)
        } else {
            u16::from_le_bytes(pair)
        }))
    };
    let offset = if is_big { short(6)? } else { short(4)? };
    let entries = short(offset)?;
    let tags = (0..entries).map(|entry| offset + 2 + entry * 12);
    let at = tags.take(200).find(|&at| short(at) == Some(0x0112))?;
    u8::try_from(short(at + 8)?)
        .ok()
        .filter(|up| (1..=8).contains(up))
}

/// The smallest Exif segment that tells an orientation.
fn upright(orientation: u8) -> Vec<u8> {
    let mut segment = b"\xff\xe1\0\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    segment.extend([orientation, 0, 0, 0, 0, 0, 0]);
    segment
}

/// Chunks: a length, a kind, bytes and a checksum. Those that carry texts and Exif go.
fn png(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    loop {
        let head = some(from, 8)?;
        let (Some(length), Some(kind)) = (head.get(..4), head.get(4..8)) else {
            return to.write_all(&head);
        };
        let size = length.iter().fold(0, |size, byte| size << 8 | u64::from(*byte)) + 4;
        if matches!(kind, b"eXIf" | b"tEXt" | b"zTXt" | b"iTXt" | b"tIME") {
            io::copy(&mut from.take(size), &mut io::sink())?;
        } else {
            to.write_all(&head)?;
            io::copy(&mut from.take(size), to)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        without_place(&mut &bytes[..], &mut out).expect("memory");
        out
    }

    fn segment(marker: u8, bytes: &[u8]) -> Vec<u8> {
        let length = (bytes.len() as u16 + 2).to_be_bytes();
        [&[0xff, marker], &length[..], bytes].concat()
    }

    #[test]
    fn a_photo_keeps_its_picture_and_loses_its_place() {
        let little = b"Exif\0\0II\x2a\0\x08\0\0\0\x02\0\x0f\x01\x02\0\x04\0\0\0ABC\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0GPS HERE";
        let frame = segment(0xe0, b"JFIF\0");
        let table = segment(0xdb, &[7; 65]);
        let rest = b"\xff\xda\0\x02 picture \xff\xe1 in it \xff\xd9";
        let photo = [
            b"\xff\xd8",
            &frame[..],
            &segment(0xe1, little),
            &segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0 place"),
            &segment(0xed, b"Photoshop"),
            &segment(0xfe, b"a comment"),
            &table,
            rest,
        ];
        let wanted = [b"\xff\xd8", &frame[..], &upright(6), &table, rest].concat();
        assert_eq!(cleaned(&photo.concat()), wanted);
        assert_eq!(cleaned(&wanted), wanted, "it says itself which side is up");
        assert_eq!(orientation(&upright(6)[4..]), Some(6));
    }

    #[test]
    fn a_png_loses_its_texts() {
        let chunk = |kind: &[u8], bytes: &[u8]| {
            [&(bytes.len() as u32).to_be_bytes()[..], kind, bytes, b"sum!"].concat()
        };
        let magic = b"\x89PNG\r\n\x1a\n";
        let (head, end) = (chunk(b"IHDR", &[0; 13]), chunk(b"IEND", b""));
        let whole = [
            &magic[..],
            &head,
            &chunk(b"eXIf", b"GPS"),
            &chunk(b"tEXt", b"me"),
            &end,
        ]
        .concat();
        assert_eq!(cleaned(&whole), [&magic[..], &head, &end].concat());
    }

    #[test]
    fn what_is_no_picture_or_is_broken_off_comes_through() {
        for bytes in [
            &b""[..],
            b"\xff",
            b"\xff\xd8",
            b"\xff\xd8\xff",
            b"\xff\xd8\xff\xe1\0",
            b"\xff\xd8\xff\xe1\0\x09Exif\0\0M",
            b"\x89PNG\r\n\x1a\n\0\0",
        ] {
            assert!(cleaned(bytes).len() <= bytes.len());
        }
        assert_eq!(cleaned(b"%PDF-1.4 Exif"), b"%PDF-1.4 Exif");
    }
}
