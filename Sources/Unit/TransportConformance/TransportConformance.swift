public import UnitTransport

/// The unit behind a transport under test, as far as the checks have to do something to it.
public protocol TransportRig: Sendable {
    /// Opens a new connection to the unit.
    func open() async throws -> any UnitTransport
    /// Takes the unit away, as if its cable were pulled.
    func unplug() async
    /// Brings it back; returns when it can be opened again.
    func replug() async
    /// Whether a second connection at the same time must be refused.
    var isExclusive: Bool { get }
    /// Symbols per second that this connection carries without loss, with x and p.
    var symbolRate: Double { get }
    /// What the checks wait and measure by; the machine's clock unless the rig says otherwise.
    var clock: HostClock { get }
}

extension TransportRig {
    /// The machine's.
    public var clock: HostClock { .monotonic }
}

/// What a transport did wrong.
public struct ConformanceFailure: Error, CustomStringConvertible {
    /// What was expected and what was seen.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// One rule that every transport keeps.
public struct TransportCheck: Sendable, CustomStringConvertible {
    /// The rule as a sentence.
    public let name: String
    let body: @Sendable (any TransportRig) async throws -> Void

    /// The rule as a sentence.
    public var description: String { name }

    /// Tries the rule; throws what was wrong.
    public func run(on rig: any TransportRig) async throws { try await body(rig) }
}

/// The rules of `UnitTransport`, for any implementation of it with a unit of either role behind it.
public enum TransportConformance {
    /// All rules, in an order in which each leaves the unit usable for the next.
    public static let checks: [TransportCheck] = connection + streams + removal

    static func expect(_ condition: Bool, _ otherwise: @autoclosure () -> String) throws(ConformanceFailure) {
        guard condition else { throw ConformanceFailure(otherwise()) }
    }

    /// The error that `body` ends with, which it has to, within `limit`.
    static func failure(
        within limit: Duration, by clock: HostClock, _ what: String,
        _ body: @escaping @Sendable () async throws(TransportError) -> Void
    ) async throws -> TransportError {
        let start = clock.now
        let error = await withTaskGroup(of: TransportError?.self) { group in
            group.addTask {
                do throws(TransportError) {
                    try await body()
                    return nil
                } catch {
                    return error
                }
            }
            group.addTask {
                try? await clock.sleep(for: limit * 10)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        guard let error else { throw ConformanceFailure("\(what) did not fail") }
        let elapsed = clock.now - start
        try expect(elapsed <= limit, "\(what) failed with '\(error)' after \(elapsed) instead of \(limit)")
        return error
    }
}
