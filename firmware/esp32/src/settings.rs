//! Where the settings are: built in, and kept in flash.
//!
//! Settings that were given when the firmware was built count, and are written to flash. Firmware that was
//! built without any goes on with what is in flash, so an update needs no passwords. They lie there as
//! text at the beginning of the partition `nvs`; `espflash write-bin 0x9000 settings.local` puts them
//! there from outside.

use embassy_time::{Duration, Timer};
use esp_bootloader_esp_idf::partitions::{
    DataPartitionSubType, Error, FlashRegion, PARTITION_TABLE_MAX_LEN, PartitionType,
    read_partition_table,
};
use esp_hal::peripherals::FLASH;
use esp_storage::FlashStorage;
use fieldpost_shell::settings::{ROOM, Settings, Wrong, text};

/// From the environment and `settings.local`, when the firmware was built.
const BUILT_IN: &str = include_str!(concat!(env!("OUT_DIR"), "/settings.txt"));
const _: () = assert!(BUILT_IN.len() <= ROOM, "the settings are too long");

/// One sector, the least that can be erased.
const SECTOR: u32 = 4096;

/// Finds the settings. Without any, a board can do nothing but say so.
pub async fn find(flash: FLASH<'static>) -> Settings {
    let mut kept = [0xFF; ROOM];
    let result = match Settings::read(BUILT_IN.as_bytes()) {
        Err(Wrong::Absent) => with_flash(flash, |nvs| nvs.read(0, &mut kept)),
        _ => {
            kept[..BUILT_IN.len()].copy_from_slice(BUILT_IN.as_bytes());
            with_flash(flash, |nvs| keep(nvs, &kept))
        }
    };
    if let Err(error) = result {
        log::warn!("settings: flash: {error:?}");
    }
    loop {
        match Settings::read(&kept) {
            Ok(settings) => return settings,
            Err(wrong) => log::error!("settings: {wrong}; see docs/boards"),
        }
        Timer::after(Duration::from_secs(10)).await;
    }
}

/// Waits forever, saying what is missing: for a program that lacks one of its settings.
pub async fn need<T>(result: Result<T, Wrong>) -> T {
    loop {
        match result {
            Ok(value) => return value,
            Err(wrong) => log::error!("settings: {wrong}; see docs/boards"),
        }
        Timer::after(Duration::from_secs(10)).await;
    }
}

fn with_flash(
    flash: FLASH<'static>,
    job: impl FnOnce(&mut FlashRegion<'_, '_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut flash = FlashStorage::new(flash);
    let mut table = [0; PARTITION_TABLE_MAX_LEN];
    let table = read_partition_table(&mut flash, &mut table)?;
    let nvs = table.find_partition(PartitionType::Data(DataPartitionSubType::Nvs))?;
    job(&mut nvs.ok_or(Error::Invalid)?.as_flash_region(&mut flash))
}

/// Writes the settings if they are not there already: flash wears out.
fn keep(nvs: &mut FlashRegion<'_, '_>, settings: &[u8; ROOM]) -> Result<(), Error> {
    let mut kept = [0; ROOM];
    nvs.read(0, &mut kept)?;
    if text(&kept) == text(settings) {
        return Ok(());
    }
    nvs.erase(0, SECTOR)?;
    nvs.write(0, settings)?;
    log::info!("settings: kept in flash");
    Ok(())
}
