use std::sync::Mutex as StdMutex;
use std::time::Duration;

use super::*;
use crate::backend::Drawer;

/// A keyring that answers when the test says so.
struct Slow;

impl Backend for Slow {
    fn open(&self, _: &Errand) -> Result<Box<dyn Drawer + '_>, VaultError> {
        Err(VaultError::Broken)
    }

    fn is_locked(&self, _: &Errand) -> Result<bool, VaultError> {
        Ok(false)
    }

    fn unlock(&self, errand: &Errand) -> Result<(), VaultError> {
        errand.still_wanted()
    }
}

fn line() -> Arc<Line<Slow>> {
    let limits = Limits {
        unattended: Duration::from_secs(5),
        attended: Duration::from_secs(120),
    };
    Arc::new(Line::new(Arc::new(Slow), limits))
}

/// Work that blocks its thread until the sender is dropped.
fn blocked() -> (
    mpsc::Sender<()>,
    impl FnOnce(&Slow, &Errand) -> Result<(), VaultError> + Send + 'static,
) {
    let (release, wait) = mpsc::channel::<()>();
    (release, move |_: &Slow, errand: &Errand| {
        let _ = wait.recv();
        errand.still_wanted()
    })
}

async fn quick(line: &Arc<Line<Slow>>) -> Result<bool, VaultError> {
    line.call(Attention::Unattended, |slow: &Slow, errand: &Errand| {
        slow.is_locked(errand)
    })
    .await
}

// The paused clock of tokio jumps ahead whenever all tasks wait: the limits pass without being waited for,
// and to the millisecond.

#[tokio::test(start_paused = true)]
async fn a_call_that_misses_its_limit_is_told_so_and_the_thread_replaced() {
    for (attention, limit) in [(Attention::Unattended, 5), (Attention::Attended, 120)] {
        let line = line();
        let (_release, work) = blocked();
        let start = tokio::time::Instant::now();
        assert_eq!(line.call(attention, work).await, Err(VaultError::TimedOut));
        assert_eq!(start.elapsed().as_secs(), limit);
        assert_eq!(line.threads.load(Ordering::SeqCst), 1, "the stuck one");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn three_stuck_threads_are_the_most_and_one_that_comes_back_is_replaced() {
    let limits = Limits {
        unattended: Duration::from_millis(100),
        attended: Duration::from_secs(120),
    };
    let line = Arc::new(Line::new(Arc::new(Slow), limits));
    let mut releases = Vec::new();
    for _ in 0..3 {
        let (release, work) = blocked();
        releases.push(release);
        assert_eq!(
            line.call(Attention::Unattended, work).await,
            Err(VaultError::TimedOut)
        );
    }
    // An attended call would have 120 s: that it answers now shows that it was not even tried.
    let ran = Arc::new(StdMutex::new(false));
    let noted = Arc::clone(&ran);
    let refused = line.call(Attention::Attended, move |_: &Slow, _: &Errand| {
        *noted.lock().expect("not poisoned") = true;
        Ok(())
    });
    let refused = tokio::time::timeout(Duration::from_secs(60), refused)
        .await
        .expect("answered at once");
    assert_eq!(refused, Err(VaultError::TimedOut));
    assert!(!*ran.lock().expect("not poisoned"));
    assert_eq!(line.threads.load(Ordering::SeqCst), 3);

    releases.pop();
    while line.threads.load(Ordering::SeqCst) == 3 {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        quick(&line).await,
        Ok(false),
        "there is room for one thread again"
    );
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_call_learns_that_it_was_given_up() {
    let line = line();
    let (release, wait) = mpsc::channel::<()>();
    let (tell, told) = mpsc::channel();
    let missed = line.call(Attention::Unattended, move |slow: &Slow, errand: &Errand| {
        let _ = wait.recv();
        let _ = tell.send(slow.unlock(errand));
        Ok(())
    });
    assert_eq!(missed.await, Err(VaultError::TimedOut));
    drop(release);
    assert_eq!(told.recv(), Ok(Err(VaultError::TimedOut)));
}

#[tokio::test]
async fn calls_of_one_keyring_share_one_thread_and_take_turns() {
    let line = line();
    let calls = (0..20).map(|_| {
        let line = Arc::clone(&line);
        tokio::spawn(async move {
            line.call(Attention::Unattended, |_: &Slow, _: &Errand| {
                Ok(std::thread::current().id())
            })
            .await
        })
    });
    let mut threads = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        threads.push(call.await.expect("no panic").expect("answered"));
    }
    threads.dedup();
    assert_eq!(threads.len(), 1);
    assert_ne!(threads[0], std::thread::current().id());
}

#[tokio::test]
async fn a_thread_that_panicked_is_replaced() {
    let line = line();
    let broken = line.call(
        Attention::Unattended,
        |_: &Slow, _: &Errand| -> Result<(), VaultError> {
            panic!("on purpose: the test of a panicking keyring")
        },
    );
    assert_eq!(broken.await, Err(VaultError::Broken));
    assert_eq!(quick(&line).await, Ok(false));
}

#[tokio::test]
async fn while_a_person_is_asked_unattended_calls_say_locked_at_once() {
    let line = line();
    let (release, wait) = mpsc::channel::<()>();
    let (tell, asked) = oneshot::channel();
    let asking = Arc::clone(&line);
    let unlocking = tokio::spawn(async move {
        asking
            .call(Attention::Attended, move |_: &Slow, errand: &Errand| {
                let _asking = errand.asking();
                let _ = tell.send(());
                let _ = wait.recv();
                Ok(())
            })
            .await
    });
    asked.await.expect("asked");
    assert_eq!(quick(&line).await, Err(VaultError::Locked));
    drop(release);
    assert_eq!(unlocking.await.expect("no panic"), Ok(()));
    assert_eq!(quick(&line).await, Ok(false));
}

#[tokio::test]
async fn a_call_whose_caller_went_away_is_finished() {
    let line = line();
    let (release, wait) = mpsc::channel::<()>();
    let (tell, told) = mpsc::channel();
    let (started, starts) = oneshot::channel();
    let call = line.call(Attention::Unattended, move |_: &Slow, errand: &Errand| {
        let _ = started.send(());
        let _ = wait.recv();
        let _ = tell.send(errand.still_wanted());
        Ok(())
    });
    tokio::select! {
        biased;
        _ = call => panic!("cannot be done yet"),
        began = starts => began.expect("begun"),
    }
    // The future of the call is dropped here.
    drop(release);
    assert_eq!(told.recv(), Ok(Ok(())));
}
