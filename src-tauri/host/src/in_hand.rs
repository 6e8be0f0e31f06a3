//! What a host has in hand for those who ask: requests, uploads, a question that the keyring puts to the person. A host
//! that gives way by itself waits until there is nothing.

use tokio::sync::watch;

#[derive(Clone)]
pub struct InHand {
    count: watch::Sender<usize>,
}

/// One of them, until it is dropped.
pub struct Hand {
    count: watch::Sender<usize>,
}

impl Default for InHand {
    fn default() -> InHand {
        InHand {
            count: watch::Sender::new(0),
        }
    }
}

impl InHand {
    pub fn take(&self) -> Hand {
        self.count.send_modify(|count| *count += 1);
        Hand {
            count: self.count.clone(),
        }
    }

    pub fn is_nothing(&self) -> bool {
        *self.count.borrow() == 0
    }

    /// Ends when there is nothing.
    pub async fn nothing(&self) {
        // The sender is ours, so it ends for no other reason.
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.count.send_modify(|count| *count -= 1);
    }
}
