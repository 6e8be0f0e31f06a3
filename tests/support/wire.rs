//! A wire between a client and a server that breaks as wires do. It knows bytes and connections, and of what they carry
//! only the first line, by which it tells the call that is meant from the others. It runs on a thread of its own.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::world::now;

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Fin,
    Rst,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Break {
    /// The server gets so many bytes of the request, and then the line is dead.
    Request { after: usize, end: End },
    /// The server has answered, the client gets so many bytes of that, and then the line is dead. None of them: the
    /// answer is lost after the commit.
    Answer { after: usize, end: End },
    /// The request lies somewhere, and arrives so long after the client has given up.
    Late(Duration),
    /// So many bytes at a time, with a pause after each.
    Slow { bytes: usize, pause: Duration },
    /// The server has answered, and the client gets this instead.
    Instead(Vec<u8>),
}

/// A call that is meant, as the wire saw it. Milliseconds since 1970, by this machine's clock, which is the server's.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub began_ms: i64,
    /// The server began to answer: at the latest then it had committed.
    pub answered_ms: Option<i64>,
    pub request_bytes: usize,
    pub answer_bytes: usize,
    /// What was to break here, and whether it came to that.
    pub broken: bool,
    /// The client had given up before the server answered.
    pub late: bool,
}

pub struct Wire {
    pub url: String,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    server: SocketAddr,
    /// Beginnings of the first line of the call that is meant.
    meant: Vec<String>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: Option<Break>,
    seen: Vec<Seen>,
}

impl Wire {
    /// To the server at `server`; `meant` are beginnings of first lines, as `POST /api`.
    pub fn to(server: &str, meant: &[&str]) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let server = server.trim_start_matches("http://").parse().expect("an address");
        let shared = Arc::new(Shared {
            server,
            meant: meant.iter().map(|&line| line.to_owned()).collect(),
            state: Mutex::default(),
        });
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || serve(listener, &shared, stopped)
        });
        Wire {
            url,
            shared,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// What happens to the next call that is meant, and to no other.
    pub fn break_next(&self, what: Break) {
        self.shared.lock().next = Some(what);
    }

    /// Nothing, if it has not happened yet.
    pub fn mend(&self) {
        self.shared.lock().next = None;
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.shared.lock().seen.clone()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn amend(&self, index: Option<usize>, change: impl FnOnce(&mut Seen)) {
        let mut state = self.lock();
        if let Some(seen) = index.and_then(|index| state.seen.get_mut(index)) {
            change(seen);
        }
    }
}

fn serve(listener: TcpListener, shared: &Arc<Shared>, stopped: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime for the wire");
    runtime.block_on(async {
        listener
            .set_nonblocking(true)
            .expect("sockets can be non-blocking");
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listener inside a runtime");
        let accepting = async {
            loop {
                if let Ok((client, _)) = listener.accept().await {
                    tokio::spawn(carry(Arc::clone(shared), client));
                }
            }
        };
        tokio::select! { () = accepting => {}, _ = stopped => {} }
    });
}

/// One connection, from its first line on.
async fn carry(shared: Arc<Shared>, mut client: TcpStream) {
    let mut first = Vec::new();
    let mut chunk = vec![0; 16 * 1024];
    while !first.windows(2).any(|two| two == b"\r\n") {
        match client.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(n) => first.extend_from_slice(&chunk[..n]),
        }
    }
    let (what, index) = {
        let is_meant = shared.meant.iter().any(|line| first.starts_with(line.as_bytes()));
        let mut state = shared.lock();
        if is_meant {
            state.seen.push(Seen {
                began_ms: now().as_millisecond(),
                ..Seen::default()
            });
            (state.next.take(), Some(state.seen.len() - 1))
        } else {
            (None, None)
        }
    };
    let line = Line { shared, index };
    if let Some(Break::Late(after)) = what {
        line.late(client, first, after).await;
        return;
    }
    let Ok(server) = TcpStream::connect(line.shared.server).await else {
        return;
    };
    line.both(client, server, first, what).await;
}

struct Line {
    shared: Arc<Shared>,
    index: Option<usize>,
}

impl Line {
    fn see(&self, change: impl FnOnce(&mut Seen)) {
        self.shared.amend(self.index, change);
    }

    /// Bytes go both ways until one side ends, or the line breaks.
    async fn both(&self, mut client: TcpStream, mut server: TcpStream, first: Vec<u8>, what: Option<Break>) {
        let mut towards_server = 0;
        let mut towards_client = 0;
        let mut from_client = vec![0; 16 * 1024];
        let mut from_server = vec![0; 16 * 1024];
        let mut waiting = first;
        loop {
            if !waiting.is_empty() {
                let mut bytes = std::mem::take(&mut waiting);
                if let Some(Break::Request { after, .. }) = what {
                    bytes.truncate(after - towards_server);
                }
                if self.write(&mut server, &bytes, &what).await.is_err() {
                    return;
                }
                towards_server += bytes.len();
                self.see(|seen| seen.request_bytes = towards_server);
                if let Some(Break::Request { after, end }) = what
                    && towards_server >= after
                {
                    self.see(|seen| seen.broken = true);
                    // The rest of what was written is on its way for ever.
                    finish(server, end).await;
                    finish(client, end).await;
                    return;
                }
            }
            tokio::select! {
                // Whether the client is still there is known before what the server says is looked at.
                biased;
                read = client.read(&mut from_client) => match read {
                    Ok(0) | Err(_) => {
                        self.see(|seen| seen.late = seen.answered_ms.is_none());
                        // What has left goes on: the server reads what is there before it sees the end.
                        drop(server.shutdown().await);
                        self.rest_of(server).await;
                        return;
                    }
                    Ok(n) => waiting = from_client[..n].to_vec(),
                },
                read = server.read(&mut from_server) => match read {
                    Ok(0) | Err(_) => return,
                    Ok(n) => {
                        let mut bytes = from_server[..n].to_vec();
                        self.see(|seen| {
                            seen.answered_ms.get_or_insert(now().as_millisecond());
                            seen.answer_bytes += n;
                        });
                        match &what {
                            Some(Break::Answer { after, end }) => {
                                bytes.truncate(after - towards_client);
                                drop(client.write_all(&bytes).await);
                                towards_client += bytes.len();
                                if towards_client >= *after {
                                    self.see(|seen| seen.broken = true);
                                    finish(client, *end).await;
                                    finish(server, End::Fin).await;
                                    return;
                                }
                            }
                            Some(Break::Instead(garbage)) => {
                                self.see(|seen| seen.broken = true);
                                drop(client.write_all(garbage).await);
                                finish(client, End::Fin).await;
                                return;
                            }
                            _ => if self.write(&mut client, &bytes, &what).await.is_err() {
                                return;
                            },
                        }
                    }
                },
            }
        }
    }

    async fn write(&self, to: &mut TcpStream, bytes: &[u8], what: &Option<Break>) -> std::io::Result<()> {
        let Some(Break::Slow { bytes: few, pause }) = what else {
            return to.write_all(bytes).await;
        };
        self.see(|seen| seen.broken = true);
        for bytes in bytes.chunks(*few) {
            to.write_all(bytes).await?;
            tokio::time::sleep(*pause).await;
        }
        Ok(())
    }

    /// Nobody hears the answer any more.
    async fn rest_of(&self, mut server: TcpStream) {
        let mut chunk = vec![0; 16 * 1024];
        while let Ok(n) = server.read(&mut chunk).await
            && n > 0
        {
            self.see(|seen| {
                seen.answered_ms.get_or_insert(now().as_millisecond());
                seen.answer_bytes += n;
            });
        }
    }

    /// Everything that the client wrote before it gave up, and then the server gets it.
    async fn late(&self, mut client: TcpStream, mut request: Vec<u8>, after: Duration) {
        let mut chunk = vec![0; 16 * 1024];
        while let Ok(n) = client.read(&mut chunk).await
            && n > 0
        {
            request.extend_from_slice(&chunk[..n]);
        }
        drop(client);
        tokio::time::sleep(after).await;
        let Ok(mut server) = TcpStream::connect(self.shared.server).await else {
            return;
        };
        self.see(|seen| {
            seen.late = true;
            seen.broken = true;
            seen.request_bytes = request.len();
        });
        if server.write_all(&request).await.is_ok() {
            // The answer, not the end: the server goes on reading and finds nobody.
            let mut answer = vec![0; 16 * 1024];
            if let Ok(n) = server.read(&mut answer).await
                && n > 0
            {
                self.see(|seen| {
                    seen.answered_ms = Some(now().as_millisecond());
                    seen.answer_bytes = n;
                });
            }
        }
    }
}

async fn finish(mut stream: TcpStream, end: End) {
    match end {
        End::Fin => drop(stream.shutdown().await),
        // Dropped with this set, the kernel sends RST.
        End::Rst => drop(stream.set_zero_linger()),
    }
}
