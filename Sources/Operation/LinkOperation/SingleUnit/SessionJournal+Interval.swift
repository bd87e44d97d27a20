extension SessionJournal {
    /// How often the note of a running session is renewed while nothing else changes it: each time is a write to the disk.
    public static var refreshInterval: Duration { SessionWatch.refreshInterval }
}
