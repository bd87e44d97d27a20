public import UnitProtocol
internal import UnitTransport

/// Where a receiver's shutter is: what it was told, its position as `OpticalState` has it, and its sensor
/// (`shutter_read_back`). A shutter that sticks is told by the sensor alone where the position follows the command.
public struct ShutterReading: Sendable, Hashable {
    /// What it was told.
    public var command: ShutterPosition
    /// Its position, by `OpticalState`.
    public var position: ShutterPosition
    /// Whether the sensor sees it closed and at rest; nil if the unit has no value, or an old one.
    public var sensorIsClosed: Bool?

    /// A reading.
    public init(command: ShutterPosition, position: ShutterPosition, sensorIsClosed: Bool?) {
        (self.command, self.position, self.sensorIsClosed) = (command, position, sensorIsClosed)
    }

    /// Whether everything says the same.
    public var agrees: Bool { command == position && sensorIsClosed.map { $0 == (position == .closed) } ?? true }

    /// Whether everything that says something says that it is closed.
    public var isClosed: Bool { agrees && position == .closed }

    /// In one line: the position, or all three where they contradict each other.
    public var text: String {
        func word(_ isClosed: Bool) -> String { isClosed ? "closed" : "open" }
        if agrees { return word(position == .closed) }
        let sensor = sensorIsClosed.map { ", shutter_read_back says \(word($0))" } ?? ""
        return "CONTRADICTS ITSELF (told \(word(command == .closed)), position \(word(position == .closed))\(sensor)): "
            + "take it as open"
    }
}

extension LitUnit {
    /// Where the shutter is; nil for a unit without one, and while a session moves it with its slots.
    ///
    /// What contradicts itself is read again until the sensor's sample is of a shutter at rest, for at most `longestDoubt`:
    /// it may be on its way, and the sample may be of before.
    public func shutter() async throws(UnitError) -> ShutterReading? {
        guard identity.role == .bob, identity.capabilities.contains(.shutter) else { return nil }
        let began = clock.now
        // Since when the position is what the command says; nil while it is not.
        var atRest: HostClock.Instant?
        while true {
            guard try await status().state != .streaming else { return nil }
            let optics = try await opticalState()
            atRest = optics.shutterSet == optics.shutterReadBack ? atRest ?? clock.now : nil
            // A unit that does not answer this has said what it says of its shutter.
            let readings = (try? await telemetry()) ?? []
            let now = clock.now
            let fresh = readings.first { $0.quantity == .shutterReadBack && $0.value.isFinite && !$0.isStale }
            let reading = ShutterReading(
                command: optics.shutterSet, position: optics.shutterReadBack,
                sensorIsClosed: fresh.map { $0.value >= 0.5 })
            let isOfNow = atRest.map { now - $0 > fresh?.age ?? .zero } ?? false
            if reading.agrees || isOfNow || now - began > ShutterReading.longestDoubt { return reading }
            do { try await clock.sleep(for: .milliseconds(100)) } catch { throw .cancelled }
        }
    }

    /// Throws `.shutterDiffers` unless the shutter is where it was told to be, by all that says so. A unit that says nothing
    /// of its shutter, or has none, passes.
    public func requireShutterInPlace() async throws(UnitError) {
        guard let reading = try await shutter(), !reading.agrees else { return }
        throw .shutterDiffers(reading)
    }
}

extension ShutterReading {
    /// A sensor is sampled more often, and no shutter of a receiver takes longer.
    static var longestDoubt: Duration { .seconds(3) }
}
