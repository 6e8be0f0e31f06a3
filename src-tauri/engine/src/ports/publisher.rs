//! One network, as the engine speaks to it. Answers to the post call are told in `core::answer`'s words; the
//! other calls (sign-in, uploads, look-ups) may be tried again and say what went wrong in `CallError`.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use kossori_core::answer::{Answer, Receipt};
use kossori_core::ids::AccountId;
use kossori_core::network::{Limits, Network, Software, Visibility};
use kossori_core::quiet_debug;

use super::media::CleanPicture;
use crate::model::Account;
use crate::secret::Secret;

/// What a person gave to sign in with.
#[derive(Clone, Debug)]
pub struct SignIn {
    pub network: Network,
    /// An origin such as `https://example.social`; `None` takes the network's own.
    pub server: Option<String>,
    /// Bluesky's handle, practice's name.
    pub handle: Option<String>,
    /// App password or token. Practice needs none.
    pub secret: Option<Secret>,
    /// The token set that the account has, if it is signed in again: it may tell the registration that it was made under.
    pub kept: Option<Secret>,
    /// Of the person's own registration with the network (X, Threads, LinkedIn).
    pub client_id: Option<String>,
    pub client_secret: Option<Secret>,
    /// What the program calls itself to the server, where the person chose a name; the server shows it beside posts.
    pub client_name: Option<String>,
    /// `http://`, loopback and private addresses are allowed.
    pub local_server: bool,
    /// Bluesky: another PLC directory, for a local network.
    pub plc: Option<String>,
    /// What every call of it goes through, from the first one on, as `kossori_core::proxy::read` takes it.
    pub proxy: Option<Secret>,
}

/// What a sign-in by browser begins with: drawn by the engine, since adapters draw nothing.
#[derive(Clone)]
pub struct Drawn {
    /// Compared with what comes back, and part of what is opened.
    pub state: [u8; 16],
    /// PKCE's verifier, or the name of a session, is made of it.
    pub verifier: [u8; 32],
}

impl std::fmt::Debug for Drawn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Drawn")
    }
}

/// A sign-in that waits for a person in the browser.
#[derive(Clone)]
pub struct Begun {
    /// What the person opens.
    pub url: String,
    /// What one of the answer's pairs has to say: the `state`, or the session's name. Anything else is none of it.
    pub expects: String,
    /// What `finish` needs to know: verifier, registration, addresses. The adapter's own, as JSON.
    pub kept: Secret,
}

impl std::fmt::Debug for Begun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Begun")
    }
}

/// How a person came back from the browser.
#[derive(Clone)]
pub enum CameBack {
    /// To the port of this machine: the query's pairs, decoded, in order.
    Redirected(Vec<(String, String)>),
    /// By hand: the code that the page showed, or the whole address that the browser ended at.
    Pasted(Secret),
}

impl std::fmt::Debug for CameBack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CameBack")
    }
}

/// An account as the server knows it.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The origin that calls go to from now on (for Bluesky, the account's own PDS).
    pub server: String,
    pub handle: String,
    /// The server's stable id of the author.
    pub author_id: String,
    /// The adapter's own token set; opaque to everyone else.
    pub tokens: Secret,
    pub session_ends_at: Option<Timestamp>,
    pub about: About,
}

/// What the server says of itself. Asked at sign-in, once a day, and before any resend.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    pub limits: Limits,
    pub software: Software,
}

/// An account, the tokens to speak for it, and the way that its calls go.
#[derive(Clone, Debug)]
pub struct Session {
    pub account: Account,
    pub tokens: Secret,
    /// Of an account that has one; without it no call of that account is made.
    pub proxy: Option<Secret>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    pub id: String,
    pub handle: String,
    /// The answer's `Date`, if it came over HTTPS.
    pub date: Option<Timestamp>,
}

/// A set of tokens that replaces the one before. It is stored before it is used.
#[derive(Clone, Debug)]
pub struct Refreshed {
    pub tokens: Secret,
    pub session_ends_at: Option<Timestamp>,
}

/// The content as it will be sent: everything that a claim freezes goes in.
#[derive(Clone)]
pub struct Outgoing {
    pub parts: Vec<OutgoingPart>,
    pub cw: Option<String>,
    pub visibility: Option<Visibility>,
    pub lang: Option<String>,
    pub reply_to: Option<String>,
    /// The URL of the post that the first part quotes.
    pub quote: Option<String>,
    /// The URL of the post that is handed on. Then there is one part, and nothing in it.
    pub repost: Option<String>,
    /// The moment of the claim: `createdAt` where the network wants one.
    pub at: Timestamp,
    /// 16 random bytes for keys, drawn by the engine; the adapter draws none of its own.
    pub key: [u8; 16],
}

#[derive(Clone)]
pub struct OutgoingPart {
    pub text: String,
    pub pictures: Vec<OutgoingPicture>,
}

#[derive(Clone)]
pub struct OutgoingPicture {
    pub picture: CleanPicture,
    pub alt: String,
}

quiet_debug!(Outgoing { parts, visibility, lang, at, key; cw, reply_to, quote, repost });
quiet_debug!(OutgoingPart { pictures; text });
quiet_debug!(OutgoingPicture { picture; alt });

/// The adapter's own record of what it will send, as JSON: bytes, keys, ids, `createdAt`, the last own post's
/// id. Stored with the delivery, never changed after `sending`. Holds the post's text: never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Frozen(pub Arc<str>);

impl std::fmt::Debug for Frozen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Frozen({} bytes)", self.0.len())
    }
}

/// What was paid for besides post calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paid {
    /// Posts read, each once a day.
    pub read: u64,
    /// Pictures described.
    pub described: u64,
    pub deleted: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    There(Receipt),
    /// The look succeeded and found nothing.
    Absent,
    /// The same, but to send it again would be another call, which may make a second copy: a person says whether it is there.
    Unseen,
    /// Something that nobody here can tell from it: a person has to look.
    Alike {
        url: Option<String>,
    },
    /// The network lets nobody look (LinkedIn persons).
    CannotTell,
}

/// What of a post another copy of the folder may have sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// All of it.
    There(Receipt),
    /// Something that may be it, or a part of it: a person has to look.
    Alike {
        url: Option<String>,
    },
    Absent,
    CannotTell,
}

/// What is at an address that a person named as a part's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// The account's own, and what was frozen for that part.
    ThePart(Receipt),
    /// Not an address of the account's own server, or nothing to be read there.
    Nothing,
    OtherAuthor,
    OtherContent,
}

/// What went wrong in a call that publishes nothing. Nothing of a person's text is in it but `words`, which
/// are the server's own and are shown, not logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// DNS, connect, TLS, proxy, a cut connection, a time limit.
    #[error("the server cannot be reached")]
    Offline,
    /// 401, or a code that says the token is invalid or expired.
    #[error("the server does not accept the sign-in: {code}")]
    Token { code: String, words: String },
    #[error("the server asks to wait")]
    RateLimit { retry_after: Option<SignedDuration> },
    #[error("the account is out of credit")]
    OutOfCredit,
    /// A plain no, with the API's own error: trying again changes nothing.
    #[error("the server refused: {status} {code}")]
    Refused {
        status: u16,
        code: String,
        words: String,
    },
    /// 5xx, HTML, a redirect, an answer over the cap or cut short.
    #[error("the server's answer makes no sense")]
    Unclear { status: Option<u16> },
    /// A loopback, private or `http://` address without `--local-server`.
    #[error("the address is not allowed")]
    AddressRefused,
    /// The frozen record does not parse: a newer program wrote it, or it is damaged.
    #[error("the frozen record cannot be read")]
    BadFrozen,
    /// What is asked the adapter cannot do (and core's table should have said so).
    #[error("not possible on this network: {0}")]
    Unsupported(&'static str),
}

/// One adapter serves all accounts of its network; each account has its own HTTP client inside.
/// No method retries, follows a redirect, or waits longer than its documented limit.
#[async_trait]
pub trait Publisher: Send + Sync {
    async fn sign_in(&self, sign_in: &SignIn) -> Result<SignedIn, CallError>;
    /// Begins a sign-in by browser. `redirect`: the address of this machine that is listened at, such as
    /// `http://127.0.0.1:8737/`; `None`: the person will paste.
    async fn begin(
        &self,
        _sign_in: &SignIn,
        _redirect: Option<&str>,
        _drawn: &Drawn,
    ) -> Result<Begun, CallError> {
        Err(CallError::Unsupported("browser"))
    }
    /// Ends what `begin` began. A `state` or issuer that is not the one begun with is `Refused` with the code
    /// `state_differs`; a person's no is `Refused` with `access_denied`.
    async fn finish(
        &self,
        _sign_in: &SignIn,
        _begun: &Begun,
        _came: &CameBack,
    ) -> Result<SignedIn, CallError> {
        Err(CallError::Unsupported("browser"))
    }
    /// Makes the tokens worthless at the server, where it can.
    async fn revoke(&self, _session: &Session) -> Result<(), CallError> {
        Err(CallError::Unsupported("revoke"))
    }
    /// Takes a published part away again. One that is gone already is no error.
    async fn delete(&self, _session: &Session, _id: &str) -> Result<(), CallError> {
        Err(CallError::Unsupported("delete"))
    }
    async fn about(&self, session: &Session) -> Result<About, CallError>;
    /// Who the tokens speak for.
    async fn author(&self, session: &Session) -> Result<Author, CallError>;
    /// One refresh. Networks whose tokens do not expire answer `Token`.
    async fn refresh(&self, session: &Session) -> Result<Refreshed, CallError>;
    /// When the access token ends, if the adapter can tell: it is refreshed before a window that it would end in.
    fn access_ends_at(&self, tokens: &Secret) -> Option<Timestamp>;
    /// Freezes: reads what must be known first (mentions, the last own post, the post replied to) and makes
    /// keys and bytes. Publishes nothing.
    async fn freeze(&self, session: &Session, outgoing: &Outgoing) -> Result<Frozen, CallError>;
    /// Uploads the pictures of `part` (Bluesky: of all parts, when asked for part 0 of a thread sent at once)
    /// and waits until the server has them ready. Answers the record with what the upload told; safe to call
    /// again.
    async fn upload(
        &self,
        session: &Session,
        frozen: &Frozen,
        part: u32,
        pictures: &[OutgoingPicture],
    ) -> Result<Frozen, CallError>;
    /// THE post call: `part` of `frozen`, or all parts where the network sends a thread at once. `replies_to`
    /// is the proved id of the part before. The engine bounds it in time; dropping the future drops the
    /// connection.
    async fn post(&self, session: &Session, frozen: &Frozen, part: u32, replies_to: Option<&str>) -> Answer;
    /// Is `part` there? Reading only, allowed outside windows.
    async fn look(
        &self,
        session: &Session,
        frozen: &Frozen,
        part: u32,
        replies_to: Option<&str>,
    ) -> Result<Look, CallError>;
    /// Is what `outgoing` would become there already, among the account's own posts since then, but for those whose ids
    /// are `known`? For what another copy of the folder may have sent, under keys that nobody here knows. Reading only.
    async fn find(
        &self,
        _session: &Session,
        _outgoing: &Outgoing,
        _since: Timestamp,
        _known: &[String],
    ) -> Result<Found, CallError> {
        Ok(Found::CannotTell)
    }
    /// The page of the account's own post with this id, where that can be told without asking anybody.
    fn page(&self, _account: &Account, _id: &str) -> Option<String> {
        None
    }
    /// Until when the server said, with its last answer, that it takes nothing more of this account.
    fn spent_until(&self, _account: &AccountId) -> Option<Timestamp> {
        None
    }
    /// Who is to see what was frozen, where the record says so: also where nobody had chosen, and it is as the account's own
    /// posts are.
    fn meant_for(&self, _frozen: &Frozen) -> Option<Visibility> {
        None
    }
    /// What the account was charged for besides post calls since this was last asked.
    fn paid(&self, _account: &AccountId) -> Paid {
        Paid::default()
    }
    /// Is `part` what stands at `url`, which a person named? Asked only where a thread goes part by part: the rest can
    /// go as an answer to this part once its id is known. Reading only.
    async fn at_url(
        &self,
        _session: &Session,
        _frozen: &Frozen,
        _part: u32,
        _replies_to: Option<&str>,
        _url: &str,
    ) -> Result<Named, CallError> {
        Err(CallError::Unsupported("at_url"))
    }
}

/// Who speaks each network.
pub trait Publishers: Send + Sync {
    /// `None`: no adapter is built for it.
    fn publisher(&self, network: Network) -> Option<Arc<dyn Publisher>>;
}
