//! A data folder on a network file system: a real one, `sshfs` over a pipe to `sftp-server`, without a network. What the
//! list of mounts says of others is tested beside the code that reads it.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use kossori_api::Code;

use super::mounts::is_inside;
use super::refused;
use crate::support::world::{Running, World, wait_for};

/// A folder of this machine, mounted as if it were another machine's.
struct Far {
    /// Where it is seen through the network.
    mounted: PathBuf,
    /// Where its files really lie.
    really: PathBuf,
    _mount: Running,
    _server: Running,
}

impl Far {
    /// `None` where that cannot be: the reason is printed.
    fn mount(world: &World) -> Option<Far> {
        if let Err(error) = File::options().read(true).write(true).open("/dev/fuse") {
            println!("skipped: /dev/fuse cannot be opened: {error}");
            return None;
        }
        let servers = [
            "/usr/lib/openssh/sftp-server",
            "/usr/libexec/openssh/sftp-server",
            "/usr/lib/ssh/sftp-server",
        ];
        let server = servers.into_iter().find(|path| Path::new(path).exists());
        let server = server.expect("sftp-server is missing: run script/setup");
        let [mounted, really] = ["mounted", "really"].map(|name| {
            let folder = world.bus.folder().join(name);
            std::fs::create_dir(&folder).expect("a folder");
            folder
        });
        let (near, far) = UnixStream::pair().expect("a pair of sockets");
        let _server = talking(Command::new(server), far);
        let mut command = Command::new("sshfs");
        command
            .arg(format!(":{}", really.display()))
            .arg(&mounted)
            // In the foreground, and the protocol on standard input and output.
            .args(["-f", "-o", "passive"]);
        let _mount = talking(command, near);
        wait_for("the mount", Duration::from_secs(10), || {
            let mounts = std::fs::read_to_string("/proc/self/mounts").expect("the mounts");
            mounts
                .lines()
                .any(|line| line.contains(&*mounted.to_string_lossy()) && line.contains("fuse.sshfs"))
        });
        Some(Far {
            mounted,
            really,
            _mount,
            _server,
        })
    }
}

/// Starts it with one socket as its standard input and output.
fn talking(mut command: Command, socket: UnixStream) -> Running {
    let input = socket.try_clone().expect("a descriptor");
    command
        .stdin(Stdio::from(OwnedFd::from(input)))
        .stdout(Stdio::from(OwnedFd::from(socket)));
    Running(command.spawn().expect("it starts"))
}

/// Of every command that opens the folder, one that would do something there.
const COMMANDS: &[&str] = &[
    "account add practice --name me",
    "account add mastodon --server http://127.0.0.1:1 --token-stdin --local-server",
    "account list",
    "account check ID",
    "account sign-in ID --token-stdin",
    "account sign-out ID",
    "account edit ID --persona official",
    "account remove ID",
    "draft add --text x",
    "draft list",
    "draft show ID",
    "draft edit ID --text x",
    "draft remove ID",
    "post add --account ID --text x",
    "post check --account ID --text x",
    "queue list",
    "queue show ID",
    "queue edit ID --text x",
    "queue when ID --next",
    "queue move ID --to 1",
    "queue hold ID",
    "queue approve ID",
    "queue retry ID",
    "queue remove ID",
    "queue resolve ID --leave",
    "window list",
    "window add late --days daily --from 22:00 --to 23:00",
    "window edit lunch --to 14:00",
    "window enable lunch",
    "window disable lunch",
    "window remove lunch",
    "hours show",
    "hours set --days mon-fri --from 09:00 --to 18:00",
    "hours add --days sat --from 09:00 --to 12:00",
    "hours clear",
    "break 5",
    "break end",
    "pause",
    "resume",
    "closed add --from 2099-01-01T00:00 --to 2099-01-02T00:00",
    "closed list",
    "closed remove ID",
    "overtime --until 23:00",
    "day-off",
    "spacing show",
    "spacing set --gap 60",
    "plan",
    "run",
    "run --until-empty",
    "status",
    "journal",
    "timeline ID",
    "practice next ID slow",
    "unlock",
    "adopt",
    "backup list",
    "backup restore ID",
    "holidays show",
    "holidays set jp",
    "clock confirm",
    "doctor",
];

#[test]
fn a_folder_on_a_network_file_system_is_refused_and_left_as_it_is() {
    if !is_inside("bad_input::far::a_folder_on_a_network_file_system_is_refused_and_left_as_it_is") {
        return;
    }
    let world = World::start();
    let Some(far) = Far::mount(&world) else { return };
    std::fs::write(far.mounted.join("there"), "before").expect("it can be written");
    assert!(far.really.join("there").exists(), "it is the folder behind it");
    let below = far.mounted.join("new").join("kossori");
    for command in COMMANDS {
        // The mounted folder itself, and one below it that is not there yet.
        for folder in [&far.mounted, &below] {
            let folder = folder.display().to_string();
            let mut arguments: Vec<&str> = command.split(' ').collect();
            arguments.extend(["--data-dir", &folder]);
            refused(&world, &arguments, "a-token\n", Code::FolderOnNetwork);
        }
    }
    let left: Vec<_> = std::fs::read_dir(&far.really)
        .expect("the folder")
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    assert_eq!(left, ["there"], "nothing was written");
}
