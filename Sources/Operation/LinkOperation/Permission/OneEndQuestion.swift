public import Calibration
public import CalibrationRecords
public import Foundation
public import LinkControl
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// Whether one end may make key, asked at its own node: of its own store, with its own unit as it is now, and of the other
/// unit what its end says of itself. The other node asks the same of its store, and either one ends the session.
public struct OneEndQuestion: Sendable {
    private let own: any CalibratedEnd
    private let state: StateFolder
    private let pins: StationPins?
    private let isTestLink: Bool
    private let date: @Sendable () -> Date

    /// About a unit of this node on a link that its configuration calls a test, or does not.
    public init(
        own: any CalibratedEnd, state: StateFolder, pins: StationPins?, isTestLink: Bool,
        date: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.own = own
        self.state = state
        self.pins = pins
        self.isTestLink = isTestLink
        self.date = date
    }

    /// Asks. With the light off (`lit` false) conditions are not compared.
    public func ask(_ far: EndFacts, lit: Bool) async -> KeyAnswer {
        if own.identity.isEmulated || far.isEmulated, !isTestLink { return .refused(.emulated) }
        let contents: StoreContents
        do throws(RecordError) { contents = try CalibrationStore(state, pins: pins).contents() } catch {
            return error.isPassing ? .unknown(.store(error)) : .refused(.store(error))
        }
        let dark = permission(contents, UnitReading(dark: own), far)
        guard dark.isGranted else { return .refused(.records(dark)) }
        guard lit else { return .granted }
        do throws(KeyDoubt) {
            let reading = try await UnitReading(lit: own)
            let permission = permission(contents, reading, far)
            if permission.isGranted { return .granted }
            guard let unread = permission.unreadConditions else { return .refused(.records(permission)) }
            return .unknown(
                .conditions(
                    permission,
                    unread.map { unit, quantity in (unit, quantity, reading.doubts[quantity] ?? .unavailable) }))
        } catch {
            return .unknown(error)
        }
    }

    private func permission(_ contents: StoreContents, _ reading: UnitReading, _ far: EndFacts) -> KeyPermission {
        // Of the other unit its own node compares conditions and protocol.
        let other = UnitConditions(
            serial: far.serial, firmware: far.firmware, isEmulated: far.isEmulated,
            telemetry: reading.conditions.telemetry == nil ? nil : [:])
        let isAlice = own.identity.role == .alice
        var permission = KeyPermission(
            contents, alice: isAlice ? reading.conditions : other, bob: isAlice ? other : reading.conditions,
            isTestLink: isTestLink, now: date())
        for index in permission.requirements.indices {
            permission.requirements[index].objections.removeAll { objection in
                if case .conditionUnknown(let unit, _) = objection { return unit == far.serial }
                return false
            }
        }
        return permission
    }
}
