internal import Foundation
public import UnitControl
public import UnitProtocol

/// Why work with one unit did not end as it was wished.
public enum UnitRunFailure: Error, Sendable, CustomStringConvertible {
    /// The unit, or the way to it.
    case unit(UnitError)
    /// The session cannot be noted where others find it.
    case journal(SessionFolderFault)
    /// The unit's account and ours do not add up.
    case account(StreamCounters)
    /// The stream ended as it should, and the unit does not give its own account of it.
    case unconfirmed(UnitError)
    /// Too many of the unit's frames came and were refused.
    case refused(StreamCounters)
    /// The unit cannot sum samples by itself.
    case cannotSum(serial: String)
    /// Slots of a kind that a unit of this role does not make.
    case notOfRole(SlotFraction, unit: UnitIdentity)
    /// A watch ends before it has a reference: that takes so many seconds, and the watch has fewer.
    case noReference(seconds: Double, duration: Double)
    /// The end was asked for, and everything was put in order.
    case ended
}

extension UnitRunFailure {
    /// What is wrong, in a sentence.
    public var description: String {
        switch self {
        case .unit(let error): error.description
        case .journal(let fault): fault.description
        case .account(let counters):
            "the unit's symbols do not add up"
                + (counters.contradictedFrames == 0
                    ? ""
                    : ": in \(counters.contradictedFrames) frames its count of lost symbols contradicts its indices")
        case .unconfirmed(let error): "the unit's own account of the session is missing: \(error)"
        case .refused(let counters): counters.refusalWords
        case .cannotSum(let serial): "\(serial) cannot sum samples by itself"
        case .notOfRole(let fraction, let unit):
            "\(unit.serial) is \(unit.role), and \(fraction.rawValue) slots are made by \(fraction.role)"
        case .noReference(let seconds, let duration):
            "the reference takes \(String(format: "%.3g", seconds)) s, and the watch ends after \(String(format: "%.3g", duration)) s: nothing would be compared"
        case .ended: "the end was asked for"
        }
    }
}

/// A part of the slots that the host may ask for.
public enum SlotFraction: String, Sendable, CaseIterable {
    /// Bob's shutter is closed.
    case vacuum
    /// Bob's local oscillator is off.
    case dark
    /// Alice discloses what she sent.
    case training

    /// Who makes them.
    public var role: UnitRole { self == .training ? .alice : .bob }
}
