import ArgumentParser
import Foundation
import UnitEmulator

/// `cvqkd-emulator run`: powers pairs up and serves them until SIGINT or SIGTERM.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Powers pairs up and serves them until SIGINT or SIGTERM.")

    /// How hosts reach the units.
    enum Transport: String, ExpressibleByArgument, CaseIterable { case pty, usbip }

    @Option(help: "Number of pairs.")
    var pairs = 1
    @Option(help: "pty: pseudo-terminals. usbip: USB devices of this kernel (needs root and vhci_hcd).")
    var transport = Transport.pty
    @Option(help: "USB speed: high or super.")
    var usbSpeed = "super"
    @Option(help: "Directory for the links to the pseudo-terminals; made if it is not there.")
    var directory = "/tmp/cvqkd-emulator"
    @Option(help: "Path of the control socket (default: DIRECTORY/control.sock).")
    var socket: String?
    @Option(help: "Time from Dark to Ready, s.")
    var warmUp = 3.0
    @Option(help: "Depth of each unit's stream FIFO, bytes.")
    var streamBuffer = 8 << 20
    @Flag(help: "Symbols come as fast as they are taken instead of at the symbol rate; nothing is ever lost.")
    var noPacing = false
    @OptionGroup(title: "Physics") var model: ModelOptions

    func validate() throws {
        guard (1...64).contains(pairs) else { throw ValidationError("--pairs is 1 to 64") }
        guard warmUp >= 0, warmUp <= 3_600 else { throw ValidationError("--warm-up is 0 to 3600 s") }
        guard (65_536...(1 << 30)).contains(streamBuffer) else {
            throw ValidationError("--stream-buffer is 65536 to 1073741824 bytes")
        }
        guard usbSpeed == "high" || usbSpeed == "super" else { throw ValidationError("--usb-speed is high or super") }
    }

    func run() throws {
        let signals = Signals()
        let directory = URL(fileURLWithPath: directory).path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let rack = Rack()
        defer { rack.stop() }
        for index in 0..<pairs {
            var configuration = PairConfiguration(model: model.model(pair: index))
            configuration.index = index
            configuration.isPaced = !noPacing
            configuration.warmUpTime = warmUp
            configuration.streamBufferBytes = streamBuffer
            let pair = EmulatedPair(configuration)
            switch transport {
            case .pty: try rack.addTerminals(pair, directory: directory)
            case .usbip: try rack.addDevices(pair, isSuperSpeed: usbSpeed == "super")
            }
        }
        let server = try ControlServer(path: socket ?? directory + "/control.sock", rack: rack)
        defer { server.stop() }
        for line in rack.lines { print(line) }
        print("ready")
        fflush(nil)
        signals.wait()
    }
}

/// SIGINT and SIGTERM, taken synchronously: blocked in every thread that is started later.
struct Signals {
    init() {
        signal(SIGPIPE, SIG_IGN)
        var set = Self.set
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    private static var set: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGTERM)
        return set
    }

    func wait() {
        var set = Self.set
        var received: Int32 = 0
        sigwait(&set, &received)
    }
}
