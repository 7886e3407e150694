//! Commands and the outbox of an object, on a bare database.

use crate::world::Sqlite;
use treeline::client::home::{self, AddUser, ReadRecord, RevokeClient};
use treeline::oauth::ids::{ClientId, UserId};
use treeline::oauth::time::Timestamp;
use treeline::object::sql::{Sql, SqlFault, Value};
use treeline::object::{RunFault, exists, outbox, read_call, write_call};

fn database() -> Sqlite {
    let sql = Sqlite::default();
    sql.exec(outbox::TABLE, &[]).unwrap();
    sql
}

fn revoke(client: &str) -> RevokeClient {
    RevokeClient {
        client_id: ClientId(client.to_owned()),
    }
}

#[test]
fn a_call_of_another_version_or_name_is_not_understood() {
    let call = write_call("c", &ReadRecord {});
    assert!(read_call(&call).is_ok());
    assert!(matches!(read_call(&call.replace("\"v\":1", "\"v\":2")), Err(RunFault::Call(_))));
    for text in ["", "{}", "null", "[]", r#"{"v":1}"#] {
        assert!(read_call(text).is_err(), "{text}");
    }
    let sql = Sqlite::default();
    let unknown = call.replace("ReadRecord", "Unknown");
    let result = home::dispatch(&sql, &read_call(&unknown).unwrap(), Timestamp(0));
    assert!(matches!(result, Err(RunFault::Call(_))));
    let wrong = write_call(
        "c",
        &AddUser {
            user_id: UserId::from_canonical("u".to_owned()),
            client_id: ClientId("c".to_owned()),
        },
    );
    let result = home::dispatch(&sql, &read_call(&wrong.replace("user_id", "x")).unwrap(), Timestamp(0));
    assert!(matches!(result, Err(RunFault::Call(_))));
    assert_eq!(exists(&sql), Ok(false), "nothing of it leaves a trace");
}

#[test]
fn deliveries_are_due_until_they_are_answered() {
    let sql = database();
    let now = Timestamp(1000);
    outbox::post(&sql, "diana", &revoke("a"), now).unwrap();
    outbox::post(&sql, "carol", &revoke("b"), now).unwrap();
    assert_eq!(outbox::due(&sql, Timestamp(999)).unwrap(), []);
    assert_eq!(outbox::next_due(&sql), Ok(Some(now)));
    let due = outbox::due(&sql, now).unwrap();
    assert_eq!(
        due.iter().map(|delivery| delivery.name.as_str()).collect::<Vec<_>>(),
        ["diana", "carol"]
    );
    assert_eq!(outbox::due(&sql, now).unwrap(), due, "looking changes nothing");
    outbox::delivered(&sql, &due[0]).unwrap();
    outbox::delivered(&sql, &due[0]).unwrap();
    assert_eq!(outbox::due(&sql, now).unwrap(), due[1..]);
    outbox::delivered(&sql, &due[1]).unwrap();
    assert_eq!(outbox::next_due(&sql), Ok(None));
}

#[test]
fn the_wait_after_a_failure_doubles_up_to_an_hour() {
    let sql = database();
    let mut now = Timestamp(1000);
    outbox::post(&sql, "diana", &revoke("a"), now).unwrap();
    let mut waits = Vec::new();
    for _ in 0..16 {
        let due = outbox::due(&sql, now).unwrap();
        outbox::failed(&sql, &due[0], now).unwrap();
        let next = outbox::next_due(&sql).unwrap().unwrap();
        waits.push(next.since(now));
        now = next;
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600, 3600]);
}

/// A command that fails in the middle has changed nothing.
#[test]
fn a_fault_rolls_back() {
    let sql = database();
    let result: Result<(), SqlFault> = sql.transaction(|sql| {
        outbox::post(sql, "diana", &revoke("a"), Timestamp(0))?;
        sql.exec("INSERT INTO no_such_table VALUES (1)", &[]).map(|_| ())
    });
    assert!(result.is_err());
    assert_eq!(outbox::next_due(&sql), Ok(None));
}

#[test]
fn a_column_of_another_type_is_a_fault() {
    let sql = Sqlite::default();
    let rows = sql.exec("SELECT 1, 'text', NULL, x'00'", &[]).unwrap();
    let row = &rows[0];
    assert_eq!(row.integer(0), Ok(1));
    assert_eq!(row.text(1).as_deref(), Ok("text"));
    assert_eq!(row.optional_text(2), Ok(None));
    assert!(row.text(0).is_err() && row.integer(1).is_err() && row.text(2).is_err() && row.node(3).is_err() && row.text(9).is_err());
    assert_eq!(row.0[3], Value::Blob(vec![0]));
}
