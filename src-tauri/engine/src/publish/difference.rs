//! A server made of a part's visibility something else than was asked: that is told, and what is wider holds the rest.

use kossori_core::answer::Receipt;
use kossori_core::delivery::Step;
use kossori_core::network::{Network, Visibility};

use crate::engine::Engine;
use crate::model::{Delivery, Event};
use crate::ports::Change;

/// Who sees a part, in the server's word, and who should.
pub(crate) struct Difference {
    asked: &'static str,
    got: String,
}

impl Difference {
    pub fn is_wider(&self) -> bool {
        is_wider(&self.got, self.asked)
    }
}

/// Of two words of a server for who sees a post. One that is none of ours may be as wide as can be.
pub(super) fn is_wider(one: &str, other: &str) -> bool {
    let place = |word: &str| Visibility::ALL.iter().position(|known| known.as_str() == word);
    place(one) < place(other)
}

/// What a proved part leads to: nothing goes after what more people see than were meant to, but by a person's word.
pub(crate) fn after_proof(parts_wait: bool, widened: bool) -> Step {
    match (parts_wait, widened) {
        (false, _) => Step::Prove,
        (true, false) => Step::NextPart,
        (true, true) => Step::HoldRest,
    }
}

impl Engine {
    /// What the server made of the visibility of this part, if it is something else than was asked.
    pub(crate) async fn visibility_difference(
        &self,
        delivery: &Delivery,
        receipt: &Receipt,
    ) -> Option<Difference> {
        let got = receipt.visibility.clone()?;
        let account = self.account(delivery.account.as_str()).await.ok()?;
        let asked = match self.frozen_for(account.network, delivery) {
            Some(frozen) => frozen,
            None => {
                let revision = self.ports.store.revision(&delivery.revision).await.ok()??;
                revision.content.visibility?
            }
        }
        .as_str();
        (asked != got).then_some(Difference { asked, got })
    }

    /// Who was to see it when it was frozen: where nothing was chosen, as wide as the account's own, or what is answered.
    pub(crate) fn frozen_for(&self, network: Network, delivery: &Delivery) -> Option<Visibility> {
        let frozen = delivery.frozen.as_ref()?;
        self.publisher_of(network).ok()?.meant_for(&frozen.record)
    }

    pub(crate) fn entry_of(&self, delivery: &Delivery, differs: &Difference) -> Change {
        let Difference { asked, got } = differs;
        self.entry(delivery, Event::VisibilityDiffers, Some(format!("{asked}→{got}")))
    }

    /// Why the rest of a thread waits for a person ([`Step::HoldRest`]).
    pub(crate) fn rest_held(&self, delivery: &Delivery) -> Change {
        self.entry(delivery, Event::Held, Some("visibility_differs".to_owned()))
    }
}
