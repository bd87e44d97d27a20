/// What units measure of themselves: ids, names and units that mean the same in every unit (`firmware-schemas/README.md`,
/// section 9). The one place where they are written down; a test compares it with the page, both ways.
public enum TelemetryQuantity: UInt16, Sendable, Hashable, CaseIterable {
    /// Signal laser.
    case laserTemperature = 1
    /// Current of the cooler that holds the signal laser's temperature.
    case laserTECCurrent = 2
    /// Modulator.
    case modulatorTemperature = 3
    /// Detector of the homodyne or heterodyne receiver.
    case detectorTemperature = 4
    /// Board.
    case boardTemperature = 5
    /// Bias of the unit's laser: Alice's signal laser, Bob's local oscillator.
    case laserBiasCurrent = 6
    /// Signal laser, before the modulator.
    case laserPower = 7
    /// Optical frequency of the unit's laser.
    case laserFrequency = 8
    /// Beat of the local oscillator with Alice's light.
    case beatFrequency = 9
    /// Local oscillator at the detector: shot noise is proportional to it.
    case localOscillatorPower = 10
    /// How far the modulator's bias is from the null.
    case modulatorBiasError = 11
    /// 1 locked, 0 not.
    case polarisationLock = 12
    /// What the attenuator was told.
    case attenuationSet = 13
    /// What the attenuator says that it does.
    case attenuationReadBack = 14
    /// 1 when the shutter is closed and at rest, else 0.
    case shutterReadBack = 15
    /// Alice's monitor photodiode, behind the modulator.
    case monitorPower = 16
    /// Light that comes into the unit from the fibre and is not the link's.
    case inputWatchdogPower = 17
    /// Signal-to-noise ratio of the pilot.
    case pilotSNR = 18
    /// What phase recovery leaves.
    case residualPhaseVariance = 19
    /// Light of the synchronisation channel as received.
    case syncReceivedPower = 20
    /// Offset of the unit's clock from the other unit's.
    case clockOffset = 21
    /// For how long the clock has run without the other unit's.
    case clockHoldover = 22
    /// 1 if the tests of the unit's random numbers pass, else 0.
    case entropyHealth = 23
    /// Supply of 3.3 V.
    case rail3V3 = 24
    /// Supply of 5.0 V.
    case rail5V0 = 25
    /// Time since the unit's start.
    case uptime = 26
    /// How often the unit has started.
    case bootCount = 27
    /// 0 untouched, 1 tampered.
    case tamper = 28
    /// Current of the cooler that holds the modulator's temperature.
    case modulatorTECCurrent = 29
    /// Current of the cooler that holds the detector's temperature.
    case detectorTECCurrent = 30
    /// Relative humidity at the board.
    case boardHumidity = 31
    /// Mean photocurrent of the detector.
    case detectorPhotocurrent = 32

    /// Ids from here on are a maker's own.
    public static let firstOwnID: UInt16 = 1_000

    /// The quantity of this name; nil if it is a maker's own.
    public init?(named name: String) {
        guard let known = Self.byName[name] else { return nil }
        self = known
    }

    /// Name in lower_snake_case, as it stands in a unit's catalogue.
    public var name: String { row.name }

    /// Unit of the value, as it stands in a unit's catalogue: SI, `degC`, `dB`, `%`, or `1`.
    public var unit: String { row.unit }

    /// Ends of the link whose units can have it.
    public var roles: [UnitRole] {
        switch row.ends {
        case .alice: [.alice]
        case .bob: [.bob]
        case .both: [.alice, .bob]
        }
    }

    /// Whether every unit of this end has to measure it.
    public func isRequired(of role: UnitRole) -> Bool { row.isRequired && roles.contains(role) }

    /// Whether it is a temperature.
    public var isTemperature: Bool { unit == "degC" }

    /// Whether it says something of lasers and light that are on, and nothing in the dark.
    public var belongsToLight: Bool {
        switch self {
        case .laserTemperature, .laserTECCurrent, .laserBiasCurrent, .laserPower, .laserFrequency,
            .localOscillatorPower:
            true
        default: false
        }
    }

    private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.name, $0) })
}

extension TelemetryQuantity {
    private enum Ends { case alice, bob, both }

    private struct Row {
        var name: String
        var unit: String
        var ends: Ends
        var isRequired = false

        init(_ name: String, _ unit: String, _ ends: Ends, isRequired: Bool = false) {
            (self.name, self.unit, self.ends, self.isRequired) = (name, unit, ends, isRequired)
        }
    }

    private var row: Row {
        switch self {
        case .laserTemperature: Row("laser_temperature", "degC", .alice, isRequired: true)
        case .laserTECCurrent: Row("laser_tec_current", "A", .alice)
        case .modulatorTemperature: Row("modulator_temperature", "degC", .alice)
        case .detectorTemperature: Row("detector_temperature", "degC", .bob, isRequired: true)
        case .boardTemperature: Row("board_temperature", "degC", .both, isRequired: true)
        case .laserBiasCurrent: Row("laser_bias_current", "A", .both)
        case .laserPower: Row("laser_power", "W", .alice, isRequired: true)
        case .laserFrequency: Row("laser_frequency", "Hz", .both)
        case .beatFrequency: Row("beat_frequency", "Hz", .bob)
        case .localOscillatorPower: Row("local_oscillator_power", "W", .bob, isRequired: true)
        case .modulatorBiasError: Row("modulator_bias_error", "1", .alice)
        case .polarisationLock: Row("polarisation_lock", "1", .bob)
        case .attenuationSet: Row("attenuation_set", "dB", .alice)
        case .attenuationReadBack: Row("attenuation_read_back", "dB", .alice)
        case .shutterReadBack: Row("shutter_read_back", "1", .bob, isRequired: true)
        case .monitorPower: Row("monitor_power", "W", .alice, isRequired: true)
        case .inputWatchdogPower: Row("input_watchdog_power", "W", .both)
        case .pilotSNR: Row("pilot_snr", "dB", .bob)
        case .residualPhaseVariance: Row("residual_phase_variance", "rad^2", .bob)
        case .syncReceivedPower: Row("sync_received_power", "W", .both)
        case .clockOffset: Row("clock_offset", "s", .both)
        case .clockHoldover: Row("clock_holdover", "s", .both)
        case .entropyHealth: Row("entropy_health", "1", .both)
        case .rail3V3: Row("rail_3v3", "V", .both)
        case .rail5V0: Row("rail_5v0", "V", .both)
        case .uptime: Row("uptime", "s", .both, isRequired: true)
        case .bootCount: Row("boot_count", "1", .both, isRequired: true)
        case .tamper: Row("tamper", "1", .both)
        case .modulatorTECCurrent: Row("modulator_tec_current", "A", .alice)
        case .detectorTECCurrent: Row("detector_tec_current", "A", .bob)
        case .boardHumidity: Row("board_humidity", "%", .both)
        case .detectorPhotocurrent: Row("detector_photocurrent", "A", .bob)
        }
    }
}
