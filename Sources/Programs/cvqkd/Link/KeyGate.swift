import Calibration
import CalibrationRecords
import Foundation
import UnitControl
import UnitProtocol

/// No session of purpose `key` without calibration records that hold: asked before the light is on, because that costs
/// nothing, and again when it is, because only then conditions can be compared.
enum KeyGate {
    /// Throws what is missing, with the command that mends it. Other purposes pass.
    static func check(_ purpose: SessionPurpose, _ pair: LinkUnits, _ state: StateFolder, lit: Bool) async throws {
        guard purpose == .key else { return }
        let contents = try CalibrationStore(state).contents()
        let alice = try await conditions(pair.alice, lit: lit)
        let bob = try await conditions(pair.bob, lit: lit)
        // There is no configuration of links yet: a pair without any optics is the only one that is surely a test.
        let permission = KeyPermission(
            contents, alice: alice, bob: bob, isTestLink: alice.isEmulated && bob.isEmulated, now: Date())
        if let refusal = permission.refusal {
            throw CommandFailure(permission.damage.isEmpty ? .unproven : .damaged, refusal)
        }
    }

    /// The unit as it is now.
    static func conditions(_ unit: Unit, lit: Bool) async throws -> UnitConditions {
        var telemetry: [String: Double?]?
        if lit {
            telemetry = [:]
            for reading in try await unit.telemetry() {
                telemetry?[reading.name] = .some(reading.isStale ? nil : reading.value.finite)
            }
        }
        return UnitConditions(
            serial: unit.identity.serial, firmware: unit.identity.firmware,
            schemaFingerprint: CalibrationRecord.UnitDescription(unit.identity).schemaFingerprint,
            isEmulated: unit.identity.isEmulated, telemetry: telemetry)
    }
}
