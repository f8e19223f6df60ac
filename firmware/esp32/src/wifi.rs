//! The way onto the network: joins the access point, and joins it again whenever it is lost.

use embassy_executor::Spawner;
use embassy_net::{Config as NetConfig, Runner, Stack, StackResources};
use embassy_time::{Duration, Timer, with_timeout};
use esp_hal::peripherals::WIFI;
use esp_hal::rng::Rng;
use esp_radio::wifi::sta::StationConfig;
use esp_radio::wifi::{
    AuthenticationMethodConfig, Config, ControllerConfig, Interface, WifiController, WifiError,
};
use fieldpost_shell::Settings;
use log::{info, warn};
use static_cell::StaticCell;

/// How long joining may take.
const JOIN: Duration = Duration::from_secs(30);
/// The pause before the next try.
const PAUSE: Duration = Duration::from_secs(5);

/// Starts the radio and the two tasks that keep the network up.
pub fn join(spawner: Spawner, radio: WIFI<'static>, settings: &Settings) -> Stack<'static> {
    let station = Interface::station();
    let controller = controller(radio, settings).expect("the radio starts");
    info!("wifi: looking for {:?}", settings.ssid.as_str());

    static RESOURCES: StaticCell<StackResources<6>> = StaticCell::new();
    let resources = RESOURCES.init(StackResources::new());
    let config = NetConfig::dhcpv4(Default::default());
    let (network, runner) = embassy_net::new(station, config, resources, random());
    spawner.spawn(stay(controller).expect("this task is spawned once"));
    spawner.spawn(carry(runner).expect("this task is spawned once"));
    network
}

/// A number that differs from board to board and from start to start.
pub fn random() -> u64 {
    let rng = Rng::new();
    (u64::from(rng.random()) << 32) | u64::from(rng.random())
}

fn controller(
    radio: WIFI<'static>,
    settings: &Settings,
) -> Result<WifiController<'static>, WifiError> {
    let password = settings.password.as_str();
    let authentication = if password.is_empty() {
        AuthenticationMethodConfig::Open
    } else {
        AuthenticationMethodConfig::Wpa2Personal(password.try_into()?)
    };
    let station = StationConfig::default()
        .with_ssid(settings.ssid.as_str().try_into()?)
        .with_authentication(authentication);
    WifiController::new(
        radio,
        ControllerConfig::default().with_initial_config(Config::Station(station)),
    )
}

/// Stays with the access point.
#[embassy_executor::task]
async fn stay(mut controller: WifiController<'static>) {
    loop {
        match with_timeout(JOIN, controller.connect_async()).await {
            Ok(Ok(_)) => {
                info!("wifi: joined");
                let left = controller.wait_for_disconnect_async().await;
                warn!("wifi: lost: {left:?}");
            }
            Ok(Err(error)) => warn!("wifi: not joined: {error:?}"),
            Err(_) => warn!("wifi: not joined: no answer"),
        }
        Timer::after(PAUSE).await;
    }
}

/// Carries packets between the network and the radio.
#[embassy_executor::task]
async fn carry(mut runner: Runner<'static, Interface>) {
    runner.run().await;
}
