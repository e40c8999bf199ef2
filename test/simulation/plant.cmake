# cmake -DBUG=planted/x.cmake -DROOT=… -DOUT=… -P plant.cmake: a copy of one source file with one mistake in it. Fails
# when the place is not found, so that a bug cannot silently stop being planted.
include(${BUG})
file(READ ${ROOT}/${SOURCE} text)
string(FIND "${text}" "${FROM}" at)
if(at EQUAL -1)
    message(FATAL_ERROR "${BUG}: the place to plant the bug is not in ${SOURCE} any more")
endif()
string(REPLACE "${FROM}" "${TO}" text "${text}")
file(WRITE ${OUT} "${text}")
