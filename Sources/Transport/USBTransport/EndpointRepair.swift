internal import CLibUSB
internal import UnitTransport

/// What to do when transfers of one IN endpoint fail, as a value: the two lowest steps of the recovery ladder.
///
/// A failed transfer is submitted again at once, as often as transfers are in flight: a burst on the cable fails all of
/// them together. A halt, or failures that go on, are answered by clearing the halt after a pause that grows. When that
/// does not help either, the endpoint is given up, and whoever runs the session goes on from there.
struct EndpointRepair {
    enum Action: Equatable {
        case resubmit
        case clearHalt(afterMilliseconds: Int)
        case giveUp
    }

    /// Clearings in a row that may fail. Together with their pauses they take 850 ms.
    static let clearings = 4
    /// So many transfers in a row have to succeed before earlier trouble is forgotten: a second of an idle stream.
    static let steady = 100

    private let inFlight: Int
    private var failures = 0
    private var cleared = 0
    private var successes = 0

    init(inFlight: Int) { self.inFlight = inFlight }

    mutating func succeeded() {
        failures = 0
        successes += 1
        if successes >= Self.steady { cleared = 0 }
    }

    mutating func failed(halted: Bool) -> Action {
        successes = 0
        failures += 1
        if !halted && failures <= inFlight { return .resubmit }
        guard cleared < Self.clearings else { return .giveUp }
        defer { cleared += 1 }
        failures = 0
        return .clearHalt(afterMilliseconds: 10 << (2 * cleared))
    }

    /// What the end of a transfer means for its endpoint.
    enum Verdict {
        case goOn
        case resubmit
        case clearHalt(afterMilliseconds: Int)
        case over(TransportError)
    }

    /// Reads how a transfer ended. While a halt is about to be cleared, `pausing`, the others' ends mean nothing: the first
    /// one has decided for all.
    mutating func judge(
        _ status: libusb_transfer_status, pausing: Bool, endpoint: String, node: String
    ) -> Verdict {
        switch status {
        case LIBUSB_TRANSFER_COMPLETED, LIBUSB_TRANSFER_TIMED_OUT:
            succeeded()
            return .goOn
        case LIBUSB_TRANSFER_NO_DEVICE: return .over(.gone(path: node))
        case _ where pausing: return .goOn
        case LIBUSB_TRANSFER_CANCELLED: return .over(.closed)
        default:
            let halted = status == LIBUSB_TRANSFER_STALL
            switch failed(halted: halted) {
            case .resubmit: return .resubmit
            case .clearHalt(let milliseconds): return .clearHalt(afterMilliseconds: milliseconds)
            case .giveUp:
                let code = halted ? LIBUSB_ERROR_PIPE : LIBUSB_ERROR_IO
                return .over(USBDevice.failure(endpoint, node, code.rawValue))
            }
        }
    }
}
