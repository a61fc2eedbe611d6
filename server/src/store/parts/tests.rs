use super::{EACH, IncomingPiece, Room, make_room, part_of, put_piece, size_of_stored};
use crate::store::{MIGRATIONS, Receipt};
use baraza_forms::hex;
use rusqlite::Connection;
use sha2::{Digest, Sha256};

fn database() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    connection.pragma_update(None, "foreign_keys", true).unwrap();
    MIGRATIONS.to_latest(&mut connection).unwrap();
    for id in [1, 2] {
        connection
            .execute(
                "INSERT INTO survey (id, slug, created_at) VALUES (?1, ?1, '')",
                [id],
            )
            .unwrap();
    }
    connection
}

fn name_of(bytes: &[u8]) -> String {
    format!("{}.jpg", hex(&Sha256::digest(bytes)))
}

/// A piece of a file of survey 1.
fn piece(name: &str, size: u64, offset: u64, bytes: &[u8]) -> IncomingPiece {
    IncomingPiece {
        survey: 1,
        name: name.to_owned(),
        size,
        offset,
        received_at: "2026-01-01T00:00:00Z".to_owned(),
        bytes: bytes.to_vec(),
    }
}

fn put(connection: &mut Connection, piece: &IncomingPiece) -> Receipt {
    let transaction = connection.transaction().unwrap();
    let receipt = put_piece(&transaction, piece).unwrap();
    transaction.commit().unwrap();
    receipt
}

fn count(connection: &Connection, table: &str) -> i64 {
    let query = format!("SELECT count(*) FROM {table}");
    connection.query_row(&query, [], |row| row.get(0)).unwrap()
}

#[test]
fn pieces_become_the_file_and_leave_nothing() {
    let mut c = database();
    let bytes: Vec<u8> = (0..1000u16).map(|n| n as u8).collect();
    let name = name_of(&bytes);
    let mut send = |from: usize, to: usize| put(&mut c, &piece(&name, 1000, from as u64, &bytes[from..to]));
    assert_eq!(send(0, 0), Receipt::Partial(0), "a question, not a piece");
    assert_eq!(send(0, 400), Receipt::Partial(400));
    assert_eq!(send(0, 400), Receipt::Elsewhere(400), "its answer was lost");
    assert_eq!(send(500, 600), Receipt::Elsewhere(400), "no holes");
    assert_eq!(send(400, 401), Receipt::Partial(401));
    assert_eq!(send(401, 1000), Receipt::Stored);
    assert_eq!(send(401, 1000), Receipt::AlreadyStored);
    assert_eq!(send(0, 400), Receipt::AlreadyStored);
    assert_eq!(size_of_stored(&c, 1, &name).unwrap(), Some(1000));
    let stored: Vec<u8> = c
        .query_row("SELECT bytes FROM media", [], |row| row.get(0))
        .unwrap();
    assert_eq!(stored, bytes);
    assert_eq!((count(&c, "media_part"), count(&c, "media_piece")), (0, 0));
    assert_eq!(
        put(&mut c, &piece(&name_of(b""), 0, 0, b"")),
        Receipt::Stored,
        "an empty file is a file"
    );
}

#[test]
fn what_is_not_the_file_is_dropped_and_begun_again() {
    let mut c = database();
    let name = name_of(b"0123456789");
    assert_eq!(put(&mut c, &piece(&name, 10, 0, b"01234")), Receipt::Partial(5));
    assert_eq!(put(&mut c, &piece(&name, 10, 5, b"damag")), Receipt::Damaged);
    assert_eq!(
        (
            count(&c, "media"),
            count(&c, "media_part"),
            count(&c, "media_piece")
        ),
        (0, 0, 0)
    );
    // Somebody gave a wrong length.
    assert_eq!(put(&mut c, &piece(&name, 99, 0, b"0123")), Receipt::Partial(4));
    assert_eq!(
        put(&mut c, &piece(&name, 10, 4, b"456789")),
        Receipt::Elsewhere(0)
    );
    assert_eq!(put(&mut c, &piece(&name, 10, 0, b"0123456789")), Receipt::Stored);
}

#[test]
fn the_oldest_unfinished_files_make_room() {
    let mut c = database();
    let name = |n: usize| name_of(&[n as u8]);
    for (n, day) in [3, 1, 2].into_iter().enumerate() {
        let mut piece = piece(&name(n), 1000, 0, &[0; 100]);
        piece.received_at = format!("2026-01-0{day}T00:00:00Z");
        assert_eq!(put(&mut c, &piece), Receipt::Partial(100));
    }
    let mut other = piece(&name(9), 1000, 0, &[0; 100]);
    (other.survey, other.received_at) = (2, "2025-01-01T00:00:00Z".to_owned());
    put(&mut c, &other);
    let there = |c: &Connection| -> Vec<usize> {
        (0..3)
            .filter(|n| part_of(c, 1, &name(*n)).unwrap().is_some())
            .collect()
    };
    let id = part_of(&c, 1, &name(1)).unwrap().unwrap().id;
    let one = 100 + EACH;
    let mut room = |survey: i64, overall: i64| {
        let t = c.transaction().unwrap();
        make_room(&t, 1, id, Room { survey, overall }).unwrap();
        t.commit().unwrap();
        (there(&c), count(&c, "media_part"), count(&c, "media_piece"))
    };
    assert_eq!(room(3 * one, 4 * one), (vec![0, 1, 2], 4, 4), "enough for all");
    assert_eq!(
        room(2 * one, 4 * one),
        (vec![0, 1], 3, 3),
        "the oldest is the one that is coming"
    );
    assert_eq!(
        room(2 * one, 2 * one),
        (vec![0, 1], 2, 2),
        "the other survey's is older"
    );
    assert_eq!(
        room(0, 0),
        (vec![1], 1, 1),
        "never the one that is coming, however large"
    );
}
