//! Files dragged out of another program's window into the composer, by the desktop's own protocol, with a mouse.

use std::path::Path;

use kossori_api::LanguageChoice;

use super::driven::start_resident;
use super::heavy::speaks;
use super::shown::wait_for_drafts;
use crate::support::beside::Beside;
use crate::support::driver::Driver;
use crate::support::pictures::telling_jpeg;
use crate::support::screen::Screen;
use crate::support::world::World;

/// The upper left corner of the other window, away from where the composer opens.
const FILES: (i32, i32) = (60, 60);

/// The other window's file, over the composer, and let go when `before_drop` is done.
async fn drags(
    screen: &Screen<'_>,
    driver: &Driver,
    window: &str,
    files: &Beside,
    before_drop: impl FnOnce(),
) {
    let (left, top) = screen.place_of(window);
    let (left, top) = (i32::from(left), i32::from(top));
    let (x, y) = driver.middle_of("textarea").await;
    let (from, to) = ((FILES.0 + 60, FILES.1 + 60), (left + x, top + y));
    let moves = |(x, y): (i32, i32)| {
        let (x, y) = (x.to_string(), y.to_string());
        assert!(screen.xdotool(&["mousemove", &x, &y]).is_some());
    };
    moves(from);
    assert!(screen.xdotool(&["mousedown", "1"]).is_some());
    // As a hand does: a few points first, which say that it is no click.
    for step in 1..=20 {
        moves((
            from.0 + (to.0 - from.0) * step / 20,
            from.1 + (to.1 - from.1) * step / 20,
        ));
        if step == 1 {
            files.until_it_says("begun");
        }
    }
    // The desktop asks the window under the mouse, and the window the other program.
    let mut near = 0;
    let over = async {
        while driver.run("return !!document.querySelector('.dropping')").await != true {
            near = 3 - near;
            moves((to.0 + near, to.1));
        }
    };
    tokio::time::timeout(crate::support::screen::LIMIT, over)
        .await
        .expect("the composer sees what is over it");
    before_drop();
    assert!(screen.xdotool(&["mouseup", "1"]).is_some());
    files.until_it_says("ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dragged_file_that_is_gone_is_said_and_one_that_is_there_comes_in() {
    let world = World::start();
    world.add_practice("me");
    let (gone, there) = (
        world.bus.folder().join("gone.jpg"),
        world.bus.folder().join("there.jpg"),
    );
    telling_jpeg(&gone, 90, 60, 1);
    telling_jpeg(&there, 90, 60, 2);
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let driver = Driver::open(&screen, "--compose", "en").await;
    let window = screen.window();
    screen.wait_for_focus(&window);
    screen.type_text("look at this");
    wait_for_drafts(&world, &["\"look at this\""]);
    // The other window takes the focus, and this one would hide.
    driver
        .click(&screen, &window, "button[aria-label='Keep this window open']")
        .await;
    driver
        .until(
            "it to be pinned",
            "document.querySelector('[aria-label=\"Keep this window open\"][aria-pressed=true]')",
        )
        .await;
    let path = |path: &Path| path.display().to_string();
    let (x, y) = (FILES.0.to_string(), FILES.1.to_string());
    let files = Beside::start(&screen, "files.py", &[&x, &y, &path(&gone), &path(&there)]);

    drags(&screen, &driver, &window, &files, || {
        std::fs::remove_file(&gone).expect("it goes")
    })
    .await;
    driver
        .until_it_says(
            "The picture gone.jpg cannot be read. It may have been moved or deleted meanwhile. Look at its name and its \
             permissions, or save it anew and add that. Your text is kept.",
        )
        .await;
    speaks(&world, LanguageChoice::Ja).await;
    driver
        .until_it_says(
            "画像 gone.jpg を読めません。移動されたか、削除されたのかもしれません。名前と読む権限を確かめるか、\
             保存し直したものを追加してください。文章はそのまま残っています。",
        )
        .await;
    assert_eq!(driver.written().await, "look at this");

    drags(&screen, &driver, &window, &files, || ()).await;
    driver.until_it_says("位置情報などを消しました").await;
    assert!(
        !driver.text().await.contains("gone.jpg"),
        "what was wrong is no news any more"
    );
    assert_eq!(
        driver.written().await,
        "look at this",
        "no path or name is in the text"
    );
    wait_for_drafts(&world, &["\"look at this\""]);
}
