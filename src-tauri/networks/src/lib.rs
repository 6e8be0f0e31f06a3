//! The networks themselves: one folder or file each, behind the engine's `Publisher` port. Nothing else in the
//! workspace opens a connection to the world. Wire types never leave their network's folder.
//!
//! Read in this order: how a request is made and what may happen to it, what a refusal means, then a network.

use std::sync::Arc;
use std::time::Duration;

use kossori_core::network::Network;
use kossori_engine::ports::{Clock, Publisher, Timeline};

mod frozen;
mod http;
mod loopback;
mod oauth;
mod own_app;
mod refusal;
mod visibility;

mod bluesky;
mod linkedin;
mod mastodon;
mod misskey;
mod practice;
mod x;
mod threads;

#[cfg(test)]
mod testing;

pub use loopback::LoopbackPorts;

/// Limits and waits. Parameters, so that tests need not wait as long as people do.
#[derive(Clone, Debug)]
pub struct Options {
    /// The user agent of accounts that name no client of their own.
    pub client_name: String,
    pub connect_limit: Duration,
    /// For the post call. The engine drops it earlier if a span ends (RULES.md 3).
    pub post_limit: Duration,
    /// For the other calls, bodies included.
    pub call_limit: Duration,
    pub upload_limit: Duration,
    /// How long to wait between questions whether an uploaded picture is ready; after the last one it is given up.
    pub media_waits: Vec<Duration>,
    /// What practice's fault `slow` waits.
    pub practice_slow: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            client_name: "Kossori".to_owned(),
            connect_limit: Duration::from_secs(10),
            post_limit: Duration::from_secs(30),
            call_limit: Duration::from_secs(20),
            upload_limit: Duration::from_secs(60),
            media_waits: [500, 1_000, 2_000, 4_000, 8_000, 8_000]
                .map(Duration::from_millis)
                .to_vec(),
            practice_slow: Duration::from_secs(5),
        }
    }
}

/// All adapters, in the order of [`Network::ALL`].
pub struct Networks([Arc<dyn Publisher>; Network::ALL.len()]);

impl Networks {
    pub fn new(timeline: Arc<dyn Timeline>, clock: Arc<dyn Clock>, options: Options) -> Self {
        Networks(Network::ALL.map(|network| adapter(network, &timeline, &clock, &options)))
    }

    pub fn publisher(&self, network: Network) -> Arc<dyn Publisher> {
        Arc::clone(&self.0[network as usize])
    }
}

fn adapter(
    network: Network,
    timeline: &Arc<dyn Timeline>,
    clock: &Arc<dyn Clock>,
    options: &Options,
) -> Arc<dyn Publisher> {
    let clock = Arc::clone(clock);
    match network {
        Network::Practice => Arc::new(practice::Practice::new(Arc::clone(timeline), clock, options)),
        Network::Bluesky => Arc::new(bluesky::Bluesky::new(clock, options)),
        Network::Mastodon => Arc::new(mastodon::Mastodon::new(clock, options)),
        Network::Misskey => Arc::new(misskey::Misskey::new(clock, options)),
        Network::X => Arc::new(x::X::new(clock, options)),
        Network::Threads => Arc::new(threads::Threads::new(clock, options)),
        Network::LinkedIn => Arc::new(linkedin::LinkedIn::new(clock, options)),
    }
}
