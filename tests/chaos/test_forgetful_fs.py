"""The disk that forgets, mounted: what disk_test.cc says of it holds through the kernel and its page cache as well."""

import mmap
import os

import pytest

from places import ForgetfulDisk


@pytest.fixture
def place(place_of):
    return place_of(ForgetfulDisk)


def open_in(place, name, flags=os.O_RDWR | os.O_CREAT):
    return os.open(place.disk / name, flags)


def sync_names(place):
    directory = os.open(place.disk, os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)


def synced_file(place, name, content):
    file = open_in(place, name)
    os.pwrite(file, content, 0)
    os.fsync(file)
    sync_names(place)
    return file


def read_from_medium(place, name):
    direct = open_in(place, name, os.O_RDONLY | os.O_DIRECT)
    page = mmap.mmap(-1, 4096)
    got = os.preadv(direct, [page], 0)
    os.close(direct)
    return page[:got]


def test_what_was_not_synced_is_gone_from_the_page_cache_too(place):
    file = synced_file(place, "a", b"x" * 5000)
    os.pwrite(file, b"y" * 10_000, 0)
    (place.disk / "b").write_bytes(b"never synced")
    assert os.pread(file, 3, 0) == b"yyy" and (place.disk / "b").exists()
    assert place.tell("lose") == "ok pages=4 names=1"
    assert os.pread(file, 20_000, 0) == b"x" * 5000
    assert os.fstat(file).st_size == 5000
    assert os.listdir(place.disk) == ["a"]
    os.close(file)


def test_a_mapping_is_written_late_and_lost_like_anything_else(place):
    file = synced_file(place, "words", b"\0" * 4096)
    page = mmap.mmap(file, 4096)
    page[0:4] = b"kept"
    page.flush()  # msync
    page[0:4] = b"lost"
    assert os.pread(file, 4, 0) == b"lost", "one page for all"
    place.tell("lose")
    assert page[0:4] == b"kept"
    page.close()
    os.close(file)


def test_links_renames_and_removals_last_when_the_directory_is_synced(place):
    os.close(synced_file(place, "a", b"old"))
    os.close(synced_file(place, "a.new", b"new"))
    os.rename(place.disk / "a.new", place.disk / "a")
    os.link(place.disk / "a", place.disk / "b")
    os.symlink("a", place.disk / "c")
    with pytest.raises(FileExistsError):
        os.link(place.disk / "a", place.disk / "b")
    place.tell("lose")
    assert sorted(os.listdir(place.disk)) == ["a", "a.new"] and (place.disk / "a").read_bytes() == b"old"
    os.rename(place.disk / "a.new", place.disk / "a")
    os.symlink("a", place.disk / "c")
    sync_names(place)
    place.tell("lose")
    assert sorted(os.listdir(place.disk)) == ["a", "c"] and (place.disk / "c").read_bytes() == b"new"


def test_a_failed_sync_is_said_once_and_the_medium_never_gets_the_bytes(place):
    file = synced_file(place, "a", b"old")
    os.pwrite(file, b"new", 0)
    place.tell("fail-syncs 1 /a")
    with pytest.raises(OSError, match="Input/output error"):
        os.fdatasync(file)
    os.fdatasync(file)
    assert os.pread(file, 3, 0) == b"new" and read_from_medium(place, "a") == b"old"
    assert place.failed_syncs() == 1
    os.close(file)


def test_a_full_disk_is_full_for_allocations_too(place):
    place.fill_up()
    assert os.statvfs(place.disk).f_bavail == 0
    with pytest.raises(OSError, match="No space left"):
        open_in(place, "a")
    place.make_space()
    file = open_in(place, "a")
    os.posix_fallocate(file, 0, 10_000)
    assert os.fstat(file).st_size == 10_000
    place.fill_up()
    with pytest.raises(OSError, match="No space left"):
        os.posix_fallocate(file, 0, 20_000)
    os.pwrite(file, b"x", 9_999)
    os.close(file)


def test_what_is_asked_for_wrongly_is_refused(place):
    with pytest.raises(AssertionError, match="error"):
        place.tell("tear")
