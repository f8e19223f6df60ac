//! A connection from its first packet to its end: reads, has done what packets ask for, writes. Everything that waits here is bounded:
//! messages being written (then nothing is read), messages to the client (then the oldest is left out), and time.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BytesMut;
use fieldpost_engine::devices::Here;
use fieldpost_engine::doctor::{MqttTrouble, What};
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use crate::codec::{Codec, PACKET_MAX, RECEIVE_MAX, STRANGERS_PACKET_MAX};
use crate::greet::{Greeted, greet, refused};
use crate::handle::{Handle, Line};
use crate::house::House;
use crate::io::{STUCK, read_some, write_all};
use crate::letter::Delivery;
use crate::mailbox::End;
use crate::packet::{ConnAck, Message, Out, Qos, Reason, Subscribe, Version};
use crate::publish::{Fate, Sender};
use crate::rights::No;
use crate::session::{Session, Step};
use crate::space::Space;
use crate::subscribe::Subscriptions;
use crate::witness::Tried;

/// How many messages may be on their way to the disk; with as many nothing more is read.
const PENDING_MAX: usize = RECEIVE_MAX as usize;
/// After how many milliseconds a message of quality 1 is sent again, before version 5.
const RESEND_AFTER: u64 = 20_000;
/// How long a client may take to hear that its connection ends.
const FAREWELL: Duration = Duration::from_secs(1);
/// How long what came before the end may take to be written.
const LAST_WRITES: Duration = Duration::from_secs(10);

/// Serves a connection to its end.
pub(crate) async fn serve<S>(mut stream: S, house: Arc<House>, line: Line)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    // In a box, so that what it needs is given back for the long time after.
    let Some(greeted) = Box::pin(greet(&mut stream, &house, line)).await else { return };
    let mut connection = Box::pin(Connection::enter(stream, house, line, greeted)).await;
    let bye = connection.run().await;
    Box::pin(connection.leave(bye)).await;
}

struct Connection<S> {
    stream: S,
    house: Arc<House>,
    handle: Arc<Handle>,
    codec: Codec,
    session: Session,
    space: Option<Arc<Space>>,
    here: Option<Here>,
    subscriptions: Subscriptions,
    /// What came and is no whole packet yet.
    input: BytesMut,
    output: BytesMut,
    /// True while there may be whole packets in `input`.
    backlog: bool,
    pending: FuturesOrdered<Pending>,
    /// The longest that nothing may come.
    patience: Option<Duration>,
    began: Instant,
    heard: Instant,
    alarm: Option<Pin<Box<Sleep>>>,
}

/// Why a connection ends.
enum Bye {
    /// The client took its leave, with or without its will.
    Left { will: bool },
    /// The client is gone.
    Gone,
    /// Somebody else wants it to end.
    Told(End),
    /// The client broke the rules.
    Broke(No),
    /// A message was refused, and there is no other way to say so.
    Refused(No),
    /// The client fell silent.
    Silent,
    /// The client takes nothing.
    Stuck,
}

/// A message on its way to the disk.
struct Pending {
    qos: Qos,
    id: u16,
    fate: BoxFuture<'static, Result<(), No>>,
}

impl Future for Pending {
    type Output = (Qos, u16, Result<(), No>);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let done = std::task::ready!(self.fate.as_mut().poll(cx));
        Poll::Ready((self.qos, self.id, done))
    }
}

impl<S> Connection<S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    async fn enter(stream: S, house: Arc<House>, line: Line, greeted: Greeted) -> Self {
        let Greeted { mut codec, rest, mut connect, guest } = greeted;
        let assigned = connect.client_id.is_empty().then(|| {
            connect.client_id = format!("auto-{}", house.next_number());
            connect.client_id.clone()
        });
        if let Some(max) = connect.max_packet {
            codec.limit(max);
        }
        let session = Session::new(&connect);
        let will = connect.will.take().map(Box::new);
        let will_topic = will.as_ref().map(|will| will.topic.clone());
        let number = house.next_number();
        let client_id = connect.client_id.as_str().into();
        let handle = Arc::new(Handle::new(number, guest, client_id, line, will));
        let device = handle.guest.device();
        let space = device.map(|device| house.space(device.user()));
        let earlier = house.enter(&handle);
        let here =
            device.map(|device| house.engine.device_came(device, line.peer, will_topic.as_deref()));
        let now = Instant::now();
        let seconds = u64::from(connect.keep_alive);
        let mut connection = Self {
            stream,
            house,
            handle,
            codec,
            session,
            space,
            here,
            subscriptions: Subscriptions::default(),
            input: rest,
            output: BytesMut::new(),
            backlog: false,
            pending: FuturesOrdered::new(),
            // One and a half times what the client named (MQTT 3.1.1, 3.1.2.10).
            patience: (seconds > 0).then(|| Duration::from_millis(seconds * 1_500)),
            began: now,
            heard: now,
            alarm: None,
        };
        connection.codec.take_up_to(connection.max_packet());
        if let Some(earlier) = earlier {
            // Its will comes first, so that what the client says next has the last word.
            if let Some(will) = earlier.take_will() {
                connection.hand_in(*will).await;
            }
            earlier.mailbox.end(End::TakenOver);
        }
        let ack = ConnAck {
            reason: Reason::Fine,
            assigned,
            no_session: connect.wants_session,
            max_packet: connection.max_packet(),
        };
        connection.say(Out::ConnAck(Box::new(ack)));
        connection
    }

    async fn run(&mut self) -> Bye {
        loop {
            if !self.input.is_empty()
                && let Err(bye) = Box::pin(self.work()).await
            {
                return bye;
            }
            if let Err(bye) = self.settle() {
                return bye;
            }
            self.fetch_mail();
            if let Err(bye) = self.flush().await {
                return bye;
            }
            // Looked at each time: who sends without a pause must hear it too.
            if let Some(end) = self.handle.mailbox.ended() {
                return Bye::Told(end);
            }
            let full = self.pending.len() >= PENDING_MAX;
            if self.backlog && !full && !self.input.is_empty() {
                continue; // what came is not worked off, and nothing else would wake us
            }
            self.set_alarm();
            let alarm = self.alarm.as_mut();
            tokio::select! {
                biased;
                done = self.pending.next(), if !self.pending.is_empty() => {
                    if let Some(done) = done && let Err(bye) = self.answer(done) {
                        return bye;
                    }
                }
                read = read_some(&mut self.stream, &mut self.input), if !full => {
                    if !read.is_ok_and(|read| read > 0) {
                        return Bye::Gone;
                    }
                    self.heard = Instant::now();
                }
                () = self.handle.mailbox.wait() => {}
                () = async { match alarm { Some(alarm) => alarm.await, None => std::future::pending().await } } => {
                    if let Err(bye) = self.rung() {
                        return bye;
                    }
                }
            }
        }
    }

    /// Has done what the packets ask for that came.
    async fn work(&mut self) -> Result<(), Bye> {
        self.backlog = true;
        while self.pending.len() < PENDING_MAX {
            let packet = match self.codec.decode(&mut self.input) {
                Ok(Some(packet)) => packet,
                Ok(None) => {
                    self.backlog = false;
                    break;
                }
                Err(broken) => return Err(Bye::Broke(refused(broken, self.max_packet()))),
            };
            match self.session.take(packet) {
                Step::Nothing => {}
                Step::Say(out) => self.say(out),
                Step::Publish(message) => self.publish(*message).await?,
                Step::Subscribe(subscribe) => self.subscribe(*subscribe).await,
                Step::Unsubscribe { id, filters } => {
                    let (house, handle) = (&self.house, &self.handle);
                    let space = self.space.as_ref();
                    let ended = filters
                        .iter()
                        .map(|filter| self.subscriptions.remove(house, handle, space, filter))
                        .collect();
                    self.say(Out::UnsubAck(id, ended));
                }
                Step::Leave { will } => return Err(Bye::Left { will }),
                Step::Break(reason, why) => {
                    let trouble = match reason {
                        Reason::Topic => MqttTrouble::BadTopic,
                        _ => MqttTrouble::Protocol(why),
                    };
                    return Err(Bye::Broke(No::trouble(reason, trouble)));
                }
            }
        }
        if self.input.is_empty() {
            self.input = BytesMut::new();
        }
        Ok(())
    }

    async fn publish(&mut self, message: Message) -> Result<(), Bye> {
        self.house.meters.came.add(1);
        let (qos, id) = (message.qos, message.id);
        match self.sender().publish(&message).await {
            Fate::Later(fate) => self.pending.push_back(Pending { qos, id, fate }),
            // Answers keep the order of the messages (MQTT 3.1.1, 4.6).
            Fate::Now(done) if qos > Qos::Zero && !self.pending.is_empty() => {
                let fate = Box::pin(std::future::ready(done));
                self.pending.push_back(Pending { qos, id, fate });
            }
            Fate::Now(done) => self.answer((qos, id, done))?,
        }
        Ok(())
    }

    async fn subscribe(&mut self, subscribe: Subscribe) {
        let Subscribe { id, wishes, numbered } = subscribe;
        if numbered {
            self.say(Out::SubAck(id, wishes.iter().map(|_| Err(Reason::Numbered)).collect()));
            return;
        }
        let mut granted = Vec::with_capacity(wishes.len());
        for wish in wishes {
            let space = self.space.as_ref();
            granted.push(self.subscriptions.add(&self.house, &self.handle, space, wish).await);
        }
        let answer =
            granted.iter().map(|granted| granted.as_ref().map(|one| one.qos).map_err(|no| *no));
        let answer = answer.collect();
        self.say(Out::SubAck(id, answer));
        for granted in granted.into_iter().flatten() {
            for delivery in self.subscriptions.first(&self.house.engine, granted).await {
                self.deliver(&delivery);
            }
        }
    }

    /// Answers what is written, as far as it is; what is new is handed in by this.
    fn settle(&mut self) -> Result<(), Bye> {
        while !self.pending.is_empty()
            && let Some(Some(done)) = self.pending.next().now_or_never()
        {
            self.answer(done)?;
        }
        Ok(())
    }

    fn answer(&mut self, (qos, id, done): (Qos, u16, Result<(), No>)) -> Result<(), Bye> {
        let reason = match done {
            Ok(()) => Reason::Fine,
            Err(_) if qos == Qos::Zero => return Ok(()),
            Err(no) if self.session.version() == Version::V3 => {
                if !no.is_half() {
                    return Err(Bye::Refused(no));
                }
                Reason::Fine
            }
            Err(no) => no.reason,
        };
        if let Some(out) = self.session.answer(qos, id, reason) {
            self.say(out);
        }
        Ok(())
    }

    fn fetch_mail(&mut self) {
        let mut mail = Vec::new();
        self.handle.mailbox.take(&mut mail, self.session.window());
        for delivery in &mail {
            if self.subscriptions.is_news(&delivery.letter) {
                self.deliver(delivery);
            }
        }
        let lost = if mail.is_empty() { 0 } else { self.handle.mailbox.lost() };
        if lost > 0 {
            tracing::info!(client = %self.handle.client_id, lost, "an MQTT subscriber is slow; messages were left out");
            self.tried("SUBSCRIBE")
                .tell(&self.house.engine, What::OverMqtt(MqttTrouble::SlowReader));
        }
    }

    fn deliver(&mut self, delivery: &Delivery) {
        let now = self.now();
        if self.session.send(delivery, now, &mut self.output) {
            self.house.meters.went.add(1);
        }
    }

    async fn flush(&mut self) -> Result<(), Bye> {
        if self.output.is_empty() {
            return Ok(());
        }
        let output = std::mem::take(&mut self.output);
        match write_all(&mut self.stream, &output).await {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::TimedOut => Err(Bye::Stuck),
            Err(_) => Err(Bye::Gone),
        }
    }

    /// Milliseconds since the connection began.
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Sees that we wake up in time. Left alone if it rings too early: then it is set anew.
    fn set_alarm(&mut self) {
        let silent = self.patience.map(|patience| self.heard + patience);
        let due = self.session.due(RESEND_AFTER);
        let due = due.map(|due| self.began + Duration::from_millis(due));
        let Some(at) = silent.into_iter().chain(due).min() else { return };
        match &mut self.alarm {
            Some(alarm) if alarm.deadline() <= at => {}
            Some(alarm) => alarm.as_mut().reset(at),
            None => self.alarm = Some(Box::pin(sleep_until(at))),
        }
    }

    fn rung(&mut self) -> Result<(), Bye> {
        self.alarm = None;
        if self.patience.is_some_and(|patience| self.heard.elapsed() >= patience) {
            return Err(Bye::Silent);
        }
        let now = self.now();
        self.session.resend(now, RESEND_AFTER, &mut self.output);
        Ok(())
    }

    fn say(&mut self, out: Out) {
        self.codec.encode(out, &mut self.output);
    }

    /// Has a will done, however that goes.
    async fn hand_in(&mut self, will: Message) {
        if let Fate::Later(fate) = self.sender().publish(&will).await {
            self.pending.push_back(Pending { qos: Qos::Zero, id: 0, fate });
        }
    }

    /// The longest packet that is taken of this client.
    fn max_packet(&self) -> u32 {
        if self.handle.guest.device().is_some() { PACKET_MAX } else { STRANGERS_PACKET_MAX }
    }

    fn sender(&self) -> Sender<'_> {
        Sender {
            house: &self.house,
            handle: &self.handle,
            space: self.space.as_ref(),
            here: self.here.as_ref(),
        }
    }

    fn tried(&self, method: &'static str) -> Tried<'_> {
        Tried::new(self.handle.line, &self.handle.client_id, method)
    }

    /// Ends the connection: lets be written what came, publishes the will if it is wanted, says why it ends.
    async fn leave(mut self, bye: Bye) {
        let trouble = |trouble| Some(No::trouble(Reason::Fine, trouble));
        let (reason, no, will) = match bye {
            Bye::Left { will } => (None, None, will),
            Bye::Gone => (None, None, true),
            Bye::Told(End::Stopping) => (Some(Reason::ShuttingDown), None, false),
            Bye::Told(End::TakenOver) => {
                // Nothing was refused, but two boards with one name would go on like this for ever.
                let what = What::OverMqtt(MqttTrouble::TakenOver);
                self.tried("CONNECT").tell(&self.house.engine, what);
                (Some(Reason::TakenOver), None, false)
            }
            Bye::Told(End::DeviceGone) => {
                (Some(Reason::NotAuthorized), trouble(MqttTrouble::DeviceGone), true)
            }
            Bye::Broke(no) => (Some(no.reason), Some(no), true),
            // It was told when it was refused.
            Bye::Refused(no) => (Some(no.reason), None, true),
            Bye::Silent => {
                let seconds =
                    self.patience.map_or(0, |patience| patience.as_millis() as u64 / 1_500);
                (Some(Reason::KeepAlive), trouble(MqttTrouble::KeepAlive { seconds }), true)
            }
            Bye::Stuck => (None, trouble(MqttTrouble::Stuck { seconds: STUCK.as_secs() }), true),
        };
        if let Some(no) = no {
            self.house.meters.refused.add(1);
            self.tried("CONNECT").refuse(&self.house.engine, &no);
        }
        self.subscriptions.remove_all(&self.house, &self.handle, self.space.as_ref());
        self.house.leave(&self.handle);
        self.last_writes().await;
        if let Some(will) = self.handle.take_will().filter(|_| will) {
            self.hand_in(*will).await;
            self.last_writes().await;
        }
        drop(self.here.take());
        if let (Some(space), Some(device)) = (self.space.take(), self.handle.guest.device()) {
            self.house.leave_space(device.user(), space);
        }
        if let Some(reason) = reason {
            self.say(Out::Disconnect(reason));
            let output = std::mem::take(&mut self.output);
            let _ = timeout(FAREWELL, write_all(&mut self.stream, &output)).await;
        }
        let _ = timeout(FAREWELL, self.stream.shutdown()).await;
    }

    /// Waits until what came is written.
    async fn last_writes(&mut self) {
        let written = async {
            while let Some(done) = self.pending.next().await {
                let _ = self.answer(done); // it ends anyway
            }
        };
        let _ = timeout(LAST_WRITES, written).await;
    }
}
