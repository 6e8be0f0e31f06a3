//! What a person can go back to when the database is damaged: the newest backup that is really whole.

use kossori_api::{Code, Problem, WAY_BACK};
use kossori_store::{BackupFile, Database, DatabaseKey, newest_whole};

use crate::folder::Folder;
use crate::open::{self, Parts};

/// Which of these backups that is. Reading them takes its time: it holds as long as they stay the same.
#[derive(Default)]
pub struct Known {
    among: Vec<BackupFile>,
    newest_whole: Option<BackupFile>,
}

pub fn is_wanted(problem: &Problem) -> bool {
    matches!(problem.code, Code::DatabaseDamaged | Code::BackupDamaged)
        && !problem.args.contains_key(WAY_BACK)
}

/// Of a folder that does not open, or a backup that cannot be gone back to.
pub async fn tell(problem: Problem, folder: &Folder, parts: &Parts, key: &DatabaseKey) -> Problem {
    if !is_wanted(&problem) {
        return problem;
    }
    match newest_whole(&folder.database(), key).await {
        Ok(found) => told(problem, parts, found.as_ref()),
        Err(_) => problem,
    }
}

/// Of a database that is open, and where a read met the damage: others may meet it too.
pub async fn tell_again(problem: Problem, database: &Database, parts: &Parts, known: &mut Known) -> Problem {
    let Ok(among) = database.backups() else {
        return problem;
    };
    if known.among != among {
        let Ok(newest_whole) = database.newest_whole_backup().await else {
            return problem;
        };
        *known = Known { among, newest_whole };
    }
    told(problem, parts, known.newest_whole.as_ref())
}

fn told(problem: Problem, parts: &Parts, found: Option<&BackupFile>) -> Problem {
    match found {
        Some(backup) => problem
            .with(WAY_BACK, "whole")
            .with("backup", open::backup_id(&backup.path))
            .with("at", open::shown(parts, backup.at)),
        None => problem.with(WAY_BACK, "none"),
    }
}
