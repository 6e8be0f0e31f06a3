//! When a post would go out if it were queued now: what a button names before it is pressed. Nothing is kept.

use std::collections::BTreeMap;

use kossori_api::{PostInput, TrialView};
use kossori_core::ids::{AccountId, DeliveryId, PostId};
use kossori_core::network::ThreadSending;
use kossori_core::plan::Item;

use crate::engine::Engine;
use crate::intake::Checked;
use crate::planning::Board;
use crate::posts::check_when;
use crate::views;

impl Engine {
    /// Per account, the earliest moment behind everything that waits already. The time that is drawn on queueing may lie
    /// up to the jitter (RULES.md 2) behind it, never before. Empty if that time cannot be asked for at all.
    pub(crate) fn trial(
        &self,
        mut board: Board,
        checked: &Checked,
        input: &PostInput,
    ) -> BTreeMap<String, TrialView> {
        let zone = input.zone.as_deref();
        let Ok(when) = self.read_when(&input.when, zone) else {
            return BTreeMap::new();
        };
        let Ok(expires_at) = self.read_expiry(input.expires.as_deref(), &when, zone) else {
            return BTreeMap::new();
        };
        if check_when(&board, &when, input.again.is_some()).is_err() {
            return BTreeMap::new();
        }
        let when = board.asked_for(&when, input.override_window);
        let mut items = board.items(&crate::planning::Redraw::OnlyWhatMust);
        for (account, content) in &checked.per_account {
            if let Some(rules) = board.account_rules.get_mut(account) {
                rules.spacing.jitter = false;
            }
            let parts = u32::try_from(content.parts.len()).unwrap_or(u32::MAX).max(1);
            let at_once = board
                .accounts
                .get(account)
                .is_none_or(|account| account.network.thread() == ThreadSending::AtOnce);
            items.push(Item {
                id: of(account),
                post: PostId("trial".to_owned()),
                account: account.clone(),
                when: when.clone(),
                stored: None,
                not_before: None,
                expires_at,
                calls: if at_once { 1 } else { parts },
                held: input.hold || checked.holds(),
                under_way: false,
                first_of_account: false,
                parts_out: false,
                over_cap: checked.is_over_cap(account),
            });
        }
        let placed = board.plan(&items);
        checked
            .per_account
            .iter()
            .filter_map(|(account, _)| {
                let place = placed.iter().find(|place| place.id == of(account))?;
                let trial = TrialView {
                    not_before: place.slot.as_ref().map(|slot| self.show_time(slot.at)),
                    window: place.slot.as_ref().and_then(|slot| slot.window.clone()),
                    reason: place.reason.map(|reason| views::reason(reason).to_owned()),
                };
                Some((account.to_string(), trial))
            })
            .collect()
    }
}

/// No delivery has such an id.
fn of(account: &AccountId) -> DeliveryId {
    DeliveryId(format!("trial {account}"))
}
