//! Films: decoded again, frame by frame.

use headlight_plot::{FilmOptions, Frame, Picture, PlotError, PlotOptions, draw, film};
use headlight_record::{AttentionKind, AttentionRecord, Origin};

/// Heads that turn from even to a diagonal, `at` from 0 to 1.
fn record(heads: usize, count: usize, at: f32) -> AttentionRecord {
    let tokens: Vec<String> = (0..count).map(|token| (token % 10).to_string()).collect();
    let row = |query: usize, head: usize| {
        let looks_at = (query + head) % count;
        (0..count).map(move |key| {
            let even = (1.0 - at) / count as f32;
            if key == looks_at { even + at } else { even }
        })
    };
    let weights = (0..heads).flat_map(|head| (0..count).flat_map(move |query| row(query, head))).collect();
    AttentionRecord::new(
        AttentionKind::Cross,
        [1, heads, count, count],
        weights,
        tokens.clone(),
        tokens,
        Origin::default(),
    )
    .expect("a record")
}

fn frames(records: &[AttentionRecord]) -> Vec<Frame<'_>> {
    let titled =
        |(at, record)| Frame { record, title: format!("step {:>4} · loss {:.3}", at * 10, 3.0 / (at + 1) as f64) };
    records.iter().enumerate().map(titled).collect()
}

#[test]
fn sixty_frames_of_four_heads_are_small_and_play() {
    let records: Vec<AttentionRecord> = (0..60).map(|at| record(4, 21, (at as f32 / 59.0).powi(2))).collect();
    let shown = FilmOptions { layers: &[0], heads: &[0, 1, 2, 3], fps: 8 };
    let drawn = film(&frames(&records), &shown, &PlotOptions::default()).expect("a film");
    println!("GIF {} bytes, APNG {} bytes", drawn.gif.len(), drawn.apng.len());
    assert!(drawn.gif.len() < 2_000_000 && drawn.apng.len() < 2_000_000);

    // Played frame over frame, both show the same pixels.
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(&drawn.gif[..]).expect("a GIF");
    let (width, height) = (usize::from(decoder.width()), usize::from(decoder.height()));
    let mut screen = vec![0u8; 4 * width * height];
    let mut of_gif = Vec::new();
    while let Some(frame) = decoder.read_next_frame().expect("a frame") {
        let position = (frame.left.into(), frame.top.into(), frame.width.into());
        over(&mut screen, width, position, &frame.buffer);
        of_gif.push(screen.clone());
    }
    let mut decoder = png::Decoder::new(std::io::Cursor::new(&drawn.apng));
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().expect("an APNG");
    assert_eq!(reader.info().animation_control.expect("a film").num_frames, 60);
    let mut screen = vec![0u8; 4 * width * height];
    for expected in &of_gif {
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        reader.next_frame(&mut pixels).expect("a frame");
        let control = *reader.info().frame_control().expect("a frame's position");
        let position = (control.x_offset as usize, control.y_offset as usize, control.width as usize);
        let bytes = 4 * control.width as usize * control.height as usize;
        over(&mut screen, width, position, &pixels[..bytes]);
        assert!(screen == *expected, "GIF and APNG differ");
    }
    assert_eq!(of_gif.len(), 60);

    // And that is what the still picture of the record shows.
    let options = |title: &str| PlotOptions { title: Some(title.to_string()), ..PlotOptions::default() };
    for (at, frame) in frames(&records).iter().enumerate().step_by(20).chain([(59, &frames(&records)[59])]) {
        let picture = Picture::Heads { record: frame.record, layers: &[0], heads: &[0, 1, 2, 3] };
        let still = draw(&picture, &options(&frame.title)).expect("a picture").bytes;
        let mut reader = png::Decoder::new(std::io::Cursor::new(still)).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        reader.next_frame(&mut pixels).expect("a picture");
        assert_eq!(pixels.len() / 3, width * height);
        let apart = |(a, b): (&[u8], &[u8])| (0..3).map(|part| a[part].abs_diff(b[part])).max();
        let pairs = || of_gif[at].chunks_exact(4).zip(pixels.chunks_exact(3));
        // A film has half the colours of the weights, and fewer at the soft edges of letters.
        let [close, far] = [6, 64].map(|most| pairs().filter(|pair| apart(*pair) <= Some(most)).count());
        assert!(far == width * height && close * 200 > far * 199, "frame {at}: {close} of {far}");
    }
}

#[test]
fn films_are_as_fast_as_they_are_asked_to_be() {
    let records: Vec<AttentionRecord> = (0..101).map(|at| record(1, 3, at as f32 / 100.0)).collect();
    for fps in [1, 3, 8, 30, 34, 40, 50] {
        let shown = FilmOptions { layers: &[0], heads: &[0], fps };
        let drawn = film(&frames(&records), &shown, &PlotOptions::default()).expect("a film");
        let mut decoder = gif::DecodeOptions::new().read_info(&drawn.gif[..]).expect("a GIF");
        let mut delays = Vec::new();
        while let Some(frame) = decoder.read_next_frame().expect("a frame") {
            delays.push(usize::from(frame.delay));
        }
        // 100 frames, and the last stays ten times as long.
        let exact = 100.0 / f64::from(fps);
        assert!(delays[..100].iter().all(|delay| (*delay as f64 - exact).abs() < 1.0), "{delays:?}");
        assert!((delays[..100].iter().sum::<usize>() as f64 - 100.0 * exact).abs() <= 0.5, "{fps}: {delays:?}");
        assert!((delays[100] as f64 - 10.0 * exact).abs() <= 1.0);
        let mut reader = png::Decoder::new(std::io::Cursor::new(&drawn.apng)).read_info().expect("an APNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        for stays in [1, 1, 1] {
            reader.next_frame(&mut pixels).expect("a frame");
            let control = reader.info().frame_control().expect("a frame's position");
            assert_eq!((control.delay_num, control.delay_den), (stays, fps));
        }
    }
    for fps in [0, 51, u16::MAX] {
        let shown = FilmOptions { layers: &[0], heads: &[0], fps };
        let error = film(&frames(&records), &shown, &PlotOptions::default()).expect_err("too slow or too fast");
        assert!(error.to_string().ends_with("choose from 1 to 50"), "{error}");
    }
}

#[test]
fn a_frame_with_a_note_of_its_own_makes_all_pages_as_high() {
    let odd = |scale: f32| {
        let record = record(1, 3, 0.5);
        let weights = record.weights().iter().map(|weight| weight * scale).collect();
        let tokens = record.query_tokens().to_vec();
        AttentionRecord::new(record.kind(), record.shape(), weights, tokens.clone(), tokens, Origin::default())
            .expect("a record")
    };
    let records = [odd(1.0), odd(9.0), odd(0.5)];
    let shown = FilmOptions { layers: &[0], heads: &[0], fps: 10 };
    let drawn = film(&frames(&records), &shown, &PlotOptions::default()).expect("a film");
    let mut decoder = gif::DecodeOptions::new().read_info(&drawn.gif[..]).expect("a GIF");
    let height = decoder.height();
    while let Some(frame) = decoder.read_next_frame().expect("a frame") {
        assert!(frame.top + frame.height <= height);
    }
}

/// Lays a frame over the screen; pixels without opacity change nothing.
fn over(screen: &mut [u8], screen_width: usize, (left, top, width): (usize, usize, usize), frame: &[u8]) {
    for (at, pixel) in frame.chunks_exact(4).enumerate().filter(|(_, pixel)| pixel[3] > 0) {
        let at_pixel = 4 * ((top + at / width) * screen_width + left + at % width);
        screen[at_pixel..at_pixel + 4].copy_from_slice(pixel);
    }
}

#[test]
fn the_same_film_has_the_same_bytes_and_bad_ones_are_refused() {
    let records = [record(2, 5, 0.0), record(2, 5, 0.0), record(2, 5, 1.0)];
    let shown = FilmOptions { layers: &[0], heads: &[1], fps: 10 };
    let draw = || film(&frames(&records), &shown, &PlotOptions::default()).expect("a film");
    assert_eq!(draw(), draw());
    assert!(matches!(film(&[], &shown, &PlotOptions::default()), Err(PlotError::Nothing)));
    let wrong = FilmOptions { heads: &[2], ..shown };
    assert!(matches!(film(&frames(&records), &wrong, &PlotOptions::default()), Err(PlotError::Head { .. })));
    let other = [record(2, 5, 0.0), record(2, 6, 0.0)];
    assert!(matches!(film(&frames(&other), &shown, &PlotOptions::default()), Err(PlotError::FrameShapes)));
}
