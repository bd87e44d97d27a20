public import Calibration
public import CalibrationRecords
public import Foundation
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// Whether two units may make key: asked of a store and of the units, before the light is on, because that costs nothing,
/// again when it is, because only then conditions can be compared, and all the time of a session.
public struct KeyQuestion: Sendable {
    private let alice: any CalibratedEnd
    private let bob: any CalibratedEnd
    private let state: StateFolder
    private let pins: StationPins?
    private let date: @Sendable () -> Date

    /// About a pair and the records of a store, signed by whom `pins` name or, without them, by whom the store trusts. `date`
    /// is the day that records expire by.
    public init(
        alice: any CalibratedEnd, bob: any CalibratedEnd, state: StateFolder, pins: StationPins? = nil,
        date: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.alice = alice
        self.bob = bob
        self.state = state
        self.pins = pins
        self.date = date
    }

    /// A unit as it is now, for whoever compares it with records for another end. With the light off (`lit` false) without
    /// its telemetry.
    public static func conditions(
        of unit: any CalibratedEnd, lit: Bool
    ) async throws(KeyDoubt) -> UnitConditions {
        lit ? try await UnitReading(lit: unit).conditions : UnitReading(dark: unit).conditions
    }

    /// Asks. With the light off (`lit` false) conditions are not compared.
    public func ask(lit: Bool) async -> KeyAnswer {
        let contents: StoreContents
        do throws(RecordError) { contents = try CalibrationStore(state, pins: pins).contents() } catch {
            return error.isPassing ? .unknown(.store(error)) : .refused(.store(error))
        }
        // What the records say by themselves is known whether the units answer or not: a mute unit hides no expiry.
        let known = permission(contents, UnitReading(dark: alice), UnitReading(dark: bob))
        guard known.isGranted else { return .refused(.records(known)) }
        guard lit else { return .granted }
        do throws(KeyDoubt) {
            let first = try await UnitReading(lit: alice)
            let second = try await UnitReading(lit: bob)
            let permission = permission(contents, first, second)
            if permission.isGranted { return .granted }
            guard let unread = permission.unreadConditions else { return .refused(.records(permission)) }
            return .unknown(
                .conditions(
                    permission,
                    unread.map { unit, quantity in
                        let reading = unit == first.conditions.serial ? first : second
                        return (unit, quantity, reading.doubts[quantity] ?? .unavailable)
                    }))
        } catch {
            return .unknown(error)
        }
    }

    private func permission(_ contents: StoreContents, _ first: UnitReading, _ second: UnitReading) -> KeyPermission {
        // There is no configuration of links yet: a pair without any optics is the only one that is surely a test.
        KeyPermission(
            contents, alice: first.conditions, bob: second.conditions,
            isTestLink: first.conditions.isEmulated && second.conditions.isEmulated, now: date())
    }
}

/// A unit as it is now, with the reasons for what it does not tell.
struct UnitReading: Sendable {
    var conditions: UnitConditions
    var doubts: [String: KeyDoubt.Condition] = [:]

    /// Without its telemetry; nothing is asked of it.
    init(dark unit: any CalibratedEnd) {
        let identity = unit.identity
        conditions = UnitConditions(
            serial: identity.serial, firmware: identity.firmware,
            schemaFingerprint: CalibrationRecord.UnitDescription(identity).schemaFingerprint,
            isEmulated: identity.isEmulated, telemetry: nil)
    }

    /// With its telemetry.
    init(lit unit: any CalibratedEnd) async throws(KeyDoubt) {
        self.init(dark: unit)
        let identity = unit.identity
        let readings: [TelemetryReading]
        do throws(UnitError) { readings = try await unit.telemetry() } catch {
            throw .unit(serial: identity.serial, error)
        }
        // A unit that went dark because this program slept says nothing about what its calibration holds for.
        if let pause = await unit.pause { throw .unit(serial: identity.serial, .heartbeatsMissed(pause)) }
        var values: [String: Double?] = [:]
        for reading in readings {
            let doubt = KeyDoubt.Condition(reading)
            doubts[reading.name] = doubt
            values[reading.name] = .some(doubt == nil ? reading.value : nil)
        }
        conditions.telemetry = values
    }
}

extension KeyDoubt.Condition {
    /// Why a reading says nothing; nil if it says something.
    init?(_ reading: TelemetryReading) {
        if reading.stated == .unavailable {
            self = .unavailable
        } else if reading.isStale {
            self = .stale
        } else if !reading.value.isFinite {
            self = .notANumber
        } else if !reading.isPossible {
            self = .impossible
        } else {
            return nil
        }
    }
}

extension KeyPermission {
    /// The conditions that cannot be read, if nothing else is wrong; nil if something is, or nothing at all.
    var unreadConditions: [(unit: String, quantity: String)]? {
        let objections = requirements.flatMap(\.objections)
        guard damage.isEmpty, requirements.allSatisfy({ $0.record != nil }), !objections.isEmpty else { return nil }
        var unread: [(unit: String, quantity: String)] = []
        for objection in objections {
            guard case .conditionUnknown(let unit, let quantity) = objection else { return nil }
            unread.append((unit, quantity))
        }
        return unread
    }
}

extension RecordError {
    /// Whether the same may be readable in a moment: another program writes, or the system refuses just now.
    var isPassing: Bool {
        switch self {
        case .busy, .system: true
        default: false
        }
    }
}
